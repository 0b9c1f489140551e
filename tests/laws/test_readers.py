"""Laws about readers: a view gives what its query gives, and the server takes what is planned."""

from collections import Counter
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.examples import LAW
from scenarios.database import DP, FM, TestDatabase, declared_as

from moose_dagster import (
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    Options,
    TableIndex,
    View,
    ViewConfig,
    reconcile,
)
from moose_dagster.errors import ServerError
from moose_dagster.plan.policy import Verdict

TYPES = [
    *("UInt8", "UInt32", "UInt64", "Int64", "Float64", "Decimal(9, 2)", "String", "Date"),
    *("LowCardinality(String)", "Nullable(String)", "Nullable(UInt32)", "DateTime", "Array(UInt8)"),
    *("Enum8('a' = 1)", "Enum8('a' = 1, 'b' = 2)", "Array(UInt16)", "Nullable(UInt64)"),
]
QUERIES = [
    "SELECT * FROM {source}",
    "SELECT id, a FROM t",
    "SELECT id, toString(a) AS s, (id, a) AS pair FROM t AS x WHERE id > 0",
    "SELECT id, if(id > 1, a, a) AS either FROM t ORDER BY id",
    "SELECT count() AS n, groupArray(a) AS every FROM t",
    "WITH recent AS (SELECT * FROM t) SELECT id, a FROM recent",
]
FILLING = [
    ("SELECT id, count() AS n FROM t GROUP BY id", "UInt64"),
    ("SELECT id, toString(a) AS n FROM t", "Nullable(String)"),
    ("SELECT id, a AS n FROM t", ""),
]


@dataclass(frozen=True)
class Declared:
    """What a project declares: a table, views over it and over each other, and what fills another.

    Attributes:
        a: The type of the column that everything reads.
        others: The types of further columns, by name.
        has_alias: Whether an ALIAS is computed from `a`.
        has_index: Whether an index is over `a`.
        target: The type of the column that a materialized view fills.
    """

    a: str
    others: dict[str, str]
    has_alias: bool
    has_index: bool
    target: str


DECLARED = st.builds(
    Declared,
    a=st.sampled_from(TYPES),
    others=st.dictionaries(st.sampled_from("bcd"), st.sampled_from(TYPES), max_size=2),
    has_alias=st.booleans(),
    has_index=st.booleans(),
    target=st.sampled_from(TYPES),
)
CENSUS = Counter[str]()


@pytest.fixture(scope="module", autouse=True)
def census(request):
    """Print at the end how many changes were planned, and how many of them the server refused."""
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        request.config.get_terminal_writer().line(f"\n{dict(CENSUS)}")


def resources(declared, queries, filling, life_cycle):
    columns = ["id UInt64", f"a {declared.a}"]
    columns += [f"{name} {type_}" for name, type_ in declared.others.items()]
    columns += ["al String ALIAS toString(a)"] if declared.has_alias else []
    is_indexed = declared.has_index and not declared.a.startswith("Array")
    index = TableIndex(name="i", expression="a", type="set(10)", granularity=1)
    config = OlapConfig(
        life_cycle=life_cycle, order_by_fields=["id"], indexes=[index] if is_indexed else []
    )
    query, target_type = filling
    target = declared_as(
        "target",
        ["id UInt64", f"n {target_type or declared.target}"],
        OlapConfig(life_cycle=life_cycle, order_by_fields=["id"]),
    )
    options = MaterializedViewOptions(
        materialized_view_name="mv",
        select_statement=query,
        target_table=target,
        life_cycle=life_cycle,
    )
    views = [
        View(
            f"v{position}",
            text.format(source=f"v{position - 1}" if position else "t"),
            config=ViewConfig(life_cycle=life_cycle),
        )
        for position, text in enumerate(queries)
    ]
    return [declared_as("t", columns, config), target, *views, MaterializedView(options)]


@LAW
@given(
    DECLARED,
    DECLARED,
    st.lists(st.sampled_from(QUERIES), min_size=1, max_size=3),
    st.sampled_from(FILLING),
    st.sampled_from([FM, DP]),
)
def test_a_view_gives_what_its_query_gives_after_any_change(  # noqa: PLR0913, PLR0917 - drawn
    connected, live, desired, queries, filling, life_cycle
):
    db = TestDatabase(connected, uuid4().hex[:10])
    options = Options(**db.options, adopt=True)
    before = resources(live, queries, (filling[0], filling[1] or live.a), life_cycle)
    first = reconcile(db.project(*before), db.clickhouse, options)
    assert [result.error for result in first.failures] == []
    db.raw("INSERT INTO shop.t (id) VALUES (1), (2)")

    project = db.project(*resources(desired, queries, filling, life_cycle))
    outcome = reconcile(project, db.clickhouse, options)

    refused = [result.error for result in outcome.failures]
    CENSUS["changes"] += len(outcome.before.plan.steps)
    CENSUS["APPLY in the plan, refused by the server"] += len(refused)
    assert refused == []
    assert outcome.unfinished == ()
    assert outcome.after.plan.with_verdict(Verdict.APPLY) == ()
    blocked = outcome.after.plan.with_verdict(Verdict.BLOCK)
    for name, query in db.rows(
        "SELECT name, as_select FROM system.tables "
        f"WHERE database = '{db.database}' AND engine = 'View'"
    ):
        try:
            expected = db.rows(f"SELECT * FROM ({query}) ORDER BY ALL")
        except ServerError:
            assert blocked
            continue
        assert db.rows(f"SELECT * FROM shop.{name} ORDER BY ALL") == expected
    db.raw(f"DROP DATABASE {db.database} SYNC")
