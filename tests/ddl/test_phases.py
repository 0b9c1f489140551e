"""Every change of a table has a phase of the ALTER that makes it, and is rendered there."""

from typing import get_args

import pytest

from moose_dagster.ddl.alter import alter_statements
from moose_dagster.ddl.phases import Phase, phase_of
from moose_dagster.diff import table_changes as changes
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Action, Route, Step
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.levels import Risk
from moose_dagster.state.tables import Default, Engine, Index
from moose_dagster.testing import a_column, a_table

LIVE = a_table("id Int64", "a String")
COLUMN = a_column("a String")
OTHER = a_column(
    "a Int64",
    default=Default("DEFAULT", "1"),
    comment="x",
    codec="NONE",
    ttl="d",
    statistics="tdigest",
)
INDEX = Index("i", "a", "minmax", 1)
EVERY_CHANGE = (
    changes.CreateTable(LIVE),
    changes.DropTable(LIVE.id),
    changes.RenameTable(LIVE.id, LIVE.id),
    changes.AddColumn(LIVE.id, COLUMN, None),
    changes.DropColumn(LIVE.id, COLUMN),
    changes.RenameColumn(LIVE.id, COLUMN, "b"),
    changes.ChangeType(LIVE.id, COLUMN, OTHER),
    changes.ChangeDefault(LIVE.id, COLUMN, OTHER),
    changes.ChangeCodec(LIVE.id, COLUMN, OTHER),
    changes.ChangeColumnComment(LIVE.id, COLUMN, OTHER),
    changes.ChangeColumnTtl(LIVE.id, COLUMN, OTHER),
    changes.ChangeStatistics(LIVE.id, COLUMN, OTHER),
    changes.ChangeColumnSettings(LIVE.id, COLUMN, a_column("a String", settings={"s": "1"})),
    changes.AddElement(LIVE.id, INDEX),
    changes.DropElement(LIVE.id, INDEX),
    changes.ChangeElement(LIVE.id, INDEX, INDEX),
    changes.ChangeEngine(LIVE.id, Engine("MergeTree"), Engine("Log")),
    changes.ChangeOrderBy(LIVE.id, ("id",), ("id", "a"), None),
    changes.ChangePrimaryKey(LIVE.id, ("id",), ("a",)),
    changes.ChangePartitionBy(LIVE.id, "", "a"),
    changes.ChangeSampleBy(LIVE.id, "", "id"),
    changes.ChangeTableTtl(LIVE.id, "", "d"),
    changes.ChangeSetting(LIVE.id, "s", None, "1"),
    changes.ChangeTableComment(LIVE.id, "", "x"),
)
IN_ALTER = [
    change
    for change in EVERY_CHANGE
    if phase_of(change) not in {Phase.NO_ALTER, Phase.TABLE_RENAME}
]


def alter_of(change):
    step = Step(change, LifeCycle.FULLY_MANAGED, Risk.SAFE, Verdict.APPLY, "")
    target = a_table("id Int64", OTHER, comment="x", ttl="d", sample_by="id")
    action = Action(LIVE.id, Route.ALTER, (step,), TableContext(live=LIVE), target)
    return [*alter_statements(action, LIVE, target)]


def test_this_file_names_every_class_of_change():
    assert {type(change) for change in EVERY_CHANGE} == set(get_args(changes.TableChange))


@pytest.mark.parametrize("change", IN_ALTER, ids=lambda change: type(change).__name__)
def test_a_change_with_a_phase_is_rendered(change):
    assert alter_of(change)


def test_a_change_that_only_a_rebuild_makes_is_refused():
    with pytest.raises(ValueError, match="ChangePartitionBy has no ALTER"):
        alter_of(changes.ChangePartitionBy(LIVE.id, "", "a"))
