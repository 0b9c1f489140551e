"""A Secret in a text that nothing fills in is a fault that names the place and what to do."""

from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, create_model

from moose_dagster import (
    ClickHouseAlias,
    ClickhouseDefault,
    ClickHouseEngines,
    ClickHouseMaterialized,
    ClickHouseTTL,
    ClickHouseType,
    DeclarationError,
    Dictionary,
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    OlapTable,
    Project,
    Stream,
    StreamConfig,
    TableConstraint,
    TableIndex,
    TableProjection,
    URLEngine,
    View,
    ViewConfig,
    moose_runtime_env,
)

T = moose_runtime_env.get("TOKEN")


class Row(BaseModel):
    id: int
    text: str


class Label(str, Enum):
    OPEN = f"{T}"


def table(annotation: Any = str, /, description: str | None = None, **config: Any):
    model = create_model("M", __base__=Row, x=(annotation, Field(description=description)))
    return OlapTable[model]("t", OlapConfig(order_by_fields=["id"], **config))


MV = {"materialized_view_name": "v", "engine": ClickHouseEngines.MergeTree}
PLACES = [
    (table(Annotated[str, ClickhouseDefault(f"concat(text, '{T}')")]), "x: in DEFAULT"),
    (table(Annotated[str, ClickHouseMaterialized(f"'{T}'")]), "x: in MATERIALIZED"),
    (table(Annotated[str, ClickHouseAlias(f"'{T}'")]), "x: in ALIAS"),
    (table(Annotated[str, ClickHouseTTL(f"toDateTime('{T}')")]), "x: in TTL"),
    (table(Annotated[str, ClickHouseType(f"Enum8('{T}' = 1)")]), "x: in the type Enum8"),
    (table(Label), "x: in the type Enum8"),
    (table(description=f"{T}"), "x: in the description"),
    (table(comment=f"{T}"), "comment: in the comment"),
    (table(partition_by=f"concat(text, '{T}')"), "partition_by: in PARTITION BY"),
    (table(ttl=f"toDateTime('{T}')"), "ttl: in TTL"),
    (table(settings={"storage_policy": f"{T}"}), "settings: in the setting storage_policy"),
    (table(indexes=[TableIndex("i", f"text = '{T}'", "minmax")]), "in the index i"),
    (table(constraints=[TableConstraint("c", f"text != '{T}'")]), "in the constraint c"),
    (
        table(projections=[TableProjection("p", f"SELECT count() WHERE text = '{T}'")]),
        "in the projection p",
    ),
    (
        OlapTable[Row]("t", OlapConfig(engine=URLEngine(f"http://h/?a={T}", "CSV"))),
        "in an argument of URL",
    ),
    (View("v", f"SELECT * FROM url('http://h/{T}', 'CSV', 'a String')"), "in the query"),
    (View("v", "SELECT 1", config=ViewConfig(comment=f"{T}")), "in the comment"),
    (
        MaterializedView[Row](
            MaterializedViewOptions(select_statement=f"SELECT '{T}' AS text, 1 AS id", **MV)
        ),
        "in the query",
    ),
    (
        Dictionary(
            "d",
            "(id UInt64) PRIMARY KEY id SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)",
            config=ViewConfig(comment=f"{T}"),
        ),
        "in the comment",
    ),
    (
        Stream[Row]("s", StreamConfig(topic_config={"x-note": f"{T}"})),
        "topic_config.x-note: in the config x-note",
    ),
]


@pytest.mark.parametrize(("declared", "place"), PLACES, ids=[place for _, place in PLACES])
def test_a_secret_in_another_text_is_a_fault_that_names_the_place(declared, place):
    path, _, name = place.rpartition("in ")

    with pytest.raises(DeclarationError) as raised:
        Project("shop", [declared])

    [fault] = raised.value.faults
    assert f"the Secret TOKEN in {name} would reach the server as the text {{env:TOKEN}}; " in fault
    assert fault.startswith(f"{declared.name}.{path.removesuffix(': ')}" if path else declared.name)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (table(Annotated[str, ClickhouseDefault(T)]), "ClickhouseDefault is a Secret"),  # pyright: ignore[reportArgumentType] - the mistake
        (View("v", T), "its text is a Secret"),  # pyright: ignore[reportArgumentType] - the mistake
        (Dictionary("d", T), "its text is a Secret"),  # pyright: ignore[reportArgumentType] - the mistake
    ],
)
def test_a_secret_in_place_of_a_text_is_a_fault(declared, message):
    with pytest.raises(DeclarationError, match=message):
        Project("shop", [declared])
