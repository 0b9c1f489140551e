from datetime import datetime

import pytest
from pydantic import BaseModel, ValidationError

from moose_dagster.declare.columns import Key, UInt8
from moose_dagster.declare.engines import (
    ClickHouseEngines,
    EngineConfig,
    MergeTreeEngine,
    ReplacingMergeTreeEngine,
)
from moose_dagster.declare.project import Project
from moose_dagster.declare.tables import OlapConfig, OlapTable
from moose_dagster.sql.create import create_table
from moose_dagster.state.tables import Engine


class Event(BaseModel):
    id: Key[str]
    at: datetime
    gone: UInt8


class Plain(BaseModel):
    id: str


class OwnEngine(EngineConfig):
    pass


@pytest.mark.parametrize(
    ("config", "engine"),
    [
        (OlapConfig(), Engine("MergeTree")),
        (OlapConfig(engine=MergeTreeEngine()), Engine("MergeTree")),
        (OlapConfig(engine=ClickHouseEngines.MergeTree), Engine("MergeTree")),
        (OlapConfig(engine=ClickHouseEngines.ReplacingMergeTree), Engine("ReplacingMergeTree")),
        (OlapConfig(deduplicate=True), Engine("ReplacingMergeTree")),
        (
            OlapConfig(deduplicate=True, engine=ReplacingMergeTreeEngine("at")),
            Engine("ReplacingMergeTree", ("at",)),
        ),
        (
            OlapConfig(engine=ReplacingMergeTreeEngine(ver="at", is_deleted="gone")),
            Engine("ReplacingMergeTree", ("at", "gone")),
        ),
    ],
)
def test_a_config_chooses_this_engine(config, engine):
    [table] = Project("shop", [OlapTable[Event]("t", config)]).desired.state.tables.values()

    assert table.engine == engine


@pytest.mark.parametrize(
    ("model", "config", "expected"),
    [
        (
            Event,
            OlapConfig(engine=ReplacingMergeTreeEngine(is_deleted="gone")),
            ["t: is_deleted needs ver; ClickHouse must know which row is the last."],
        ),
        (
            Event,
            OlapConfig(engine=ReplacingMergeTreeEngine(ver="att")),
            ["t: ver='att' is not a column; did you mean at?"],
        ),
        (
            Event,
            OlapConfig(engine=ReplacingMergeTreeEngine(ver="id", is_deleted="at")),
            [
                "t: ver='id' is String; use an integer, a date or a time.",
                "t: is_deleted='at' is DateTime('UTC'); declare it as UInt8.",
            ],
        ),
        (
            Event,
            OlapConfig(engine=MergeTreeEngine(), deduplicate=True),
            ["t: deduplicate=True means ReplacingMergeTree, and engine is MergeTree; keep one."],
        ),
        (
            Event,
            OlapConfig(engine=OwnEngine()),
            ["t: OwnEngine names no engine; use one of this library's or OtherEngine."],
        ),
        (
            Plain,
            OlapConfig(deduplicate=True),
            [
                (
                    "t: a ReplacingMergeTree without ORDER BY keeps one row of all; "
                    "name what makes a row "
                    "unique in order_by_fields, or mark them with Key."
                )
            ],
        ),
    ],
)
def test_an_engine_that_can_not_work_is_a_fault(model, config, expected, faults_of):
    assert faults_of(OlapTable[model]("t", config)) == expected


def test_a_misspelled_engine_is_refused_where_it_is_written():
    with pytest.raises(ValidationError, match="engine"):
        OlapConfig(engine="MergeTee")


def test_a_table_on_a_cluster_is_created_on_it():
    project = Project("shop", [OlapTable[Plain]("t", OlapConfig(cluster="main"))])
    [(id_, cluster)] = project.desired.clusters.items()

    statement = create_table(project.desired.state.tables[id_], cluster=cluster)

    assert statement.startswith("CREATE TABLE `default`.`t` ON CLUSTER `main` (`id` String) ")
