"""Laws about readers: what reads a table gives what its query gives, after any change of it."""

from collections import Counter
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.examples import LAW
from scenarios.database import DP, FM, TestDatabase, declared_as

from moose_dagster import (
    Dictionary,
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    Options,
    RenamedFrom,
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
    "SELECT id, {a} FROM {t}",
    "SELECT id, toString({a}) AS s, (id, {a}) AS pair FROM {t} AS x WHERE id > 0",
    "SELECT id, if(id > 1, {a}, {a}) AS either FROM {t} ORDER BY id",
    "SELECT count() AS n, groupArray({a}) AS every FROM {t}",
    "WITH recent AS (SELECT * FROM {t}) SELECT id, {a} FROM recent",
]
FILLING = [
    ("SELECT id, count() AS n FROM {t} GROUP BY id", "UInt64"),
    ("SELECT id, toString({a}) AS n FROM {t}", "Nullable(String)"),
    ("SELECT id, {a} AS n FROM {t}", ""),
]
LOADED = "SELECT id, ifNull(toString({a}), '') AS v FROM {{shop}}.{t}"
DICTIONARY = (
    "(id UInt64, v String) PRIMARY KEY id SOURCE(CLICKHOUSE(QUERY $${loaded}$$)) "
    "LAYOUT(HASHED()) LIFETIME(0)"
)
ALIASES = ["al Nullable(String) ALIAS toString({a})", "more UInt64 ALIAS length(ifNull(al, 'x'))"]


@dataclass(frozen=True)
class Declared:
    """What a project declares: a table, what reads it, and a target that is filled from it.

    Attributes:
        a: The type of the column that everything reads.
        others: The types of further columns, by name.
        aliases: How many ALIAS columns read that column, each through the one before it.
        index: What an index is over: a name of a column, "" for nothing.
        target: The type of the column that a materialized view fills.
        has_dictionary: Whether a dictionary is loaded from the table.
        table: The name of the table; another one than `t` is a rename.
        column: The name of the column, likewise `a`.
    """

    a: str
    others: dict[str, str]
    aliases: int
    index: str
    target: str
    has_dictionary: bool
    table: str = "t"
    column: str = "a"

    def named(self, text: str, source: str = "") -> str:
        """Return *text* with the names of the table and the column."""
        return text.format(t=self.table, a=self.column, source=source or self.table)


PARTS = {
    "a": st.sampled_from(TYPES),
    "others": st.dictionaries(st.sampled_from("bcd"), st.sampled_from(TYPES), max_size=2),
    "aliases": st.integers(0, 2),
    "index": st.sampled_from(["", "a", "al", "more"]),
    "target": st.sampled_from(TYPES),
    "has_dictionary": st.booleans(),
}
LIVE = st.builds(Declared, **PARTS)
DESIRED = st.builds(
    Declared,
    **PARTS,
    table=st.sampled_from(["t", "t", "t", "renamed"]),
    column=st.sampled_from(["a", "a", "a", "renamed"]),
)
CENSUS = Counter[str]()


@pytest.fixture(scope="module", autouse=True)
def census(request):
    """Print at the end how many changes were planned, and how many of them the server refused."""
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        request.config.get_terminal_writer().line(f"\n{dict(CENSUS)}")


def read_table(declared, life_cycle):
    """Return the table that everything reads."""
    columns = ["id UInt64", f"{declared.column} {declared.a}"]
    columns += [f"{name} {type_}" for name, type_ in declared.others.items()]
    columns += [declared.named(text) for text in ALIASES[: declared.aliases]]
    indexed = declared.column if declared.index == "a" else declared.index
    is_there = any(column.startswith(f"{indexed} ") for column in columns)
    is_array = declared.index == "a" and declared.a.startswith("Array")
    index = TableIndex(name="i", expression=indexed, type="set(10)", granularity=1)
    config = OlapConfig(
        life_cycle=life_cycle,
        order_by_fields=["id"],
        indexes=[index] if indexed and is_there and not is_array else [],
        renamed_from="t" if declared.table != "t" else None,
    )
    table = declared_as(declared.table, columns, config)
    if declared.column != "a":
        table.model.model_fields["c1"].metadata.append(RenamedFrom("a"))
    return table


def resources(db, declared, queries, filling, life_cycle):
    """Return everything that a project declares."""
    query, target_type = filling
    target = declared_as(
        "target",
        ["id UInt64", f"n {target_type or declared.target}"],
        OlapConfig(life_cycle=life_cycle, order_by_fields=["id"]),
    )
    options = MaterializedViewOptions(
        materialized_view_name="mv",
        select_statement=declared.named(query),
        target_table=target,
        life_cycle=life_cycle,
    )
    config = ViewConfig(life_cycle=life_cycle)
    views = [
        View(
            f"v{position}",
            declared.named(text, f"v{position - 1}" if position else ""),
            config=config,
        )
        for position, text in enumerate(queries)
    ]
    loaded = declared.named(LOADED).format(shop=db.database)
    dictionary = Dictionary("names", DICTIONARY.format(loaded=loaded), config=config)
    dictionaries = [dictionary] if declared.has_dictionary else []
    table = read_table(declared, life_cycle)
    return [table, target, *views, MaterializedView(options), *dictionaries]


@LAW
@given(
    LIVE,
    DESIRED,
    st.lists(st.sampled_from(QUERIES), min_size=1, max_size=3),
    st.sampled_from(FILLING),
    st.sampled_from([FM, DP]),
)
def test_a_reader_gives_what_its_query_gives_after_any_change(  # noqa: PLR0913, PLR0917 - drawn
    connected, live, desired, queries, filling, life_cycle
):
    db = TestDatabase(connected, uuid4().hex[:10])
    options = Options(**db.options, adopt=True, prune=True, allow_mass_removal=True)
    before = resources(db, live, queries, (filling[0], filling[1] or live.a), life_cycle)
    first = reconcile(db.project(*before), db.clickhouse, options)
    assert [result.error for result in first.failures] == []
    db.raw("INSERT INTO shop.t (id) VALUES (1), (2)")

    project = db.project(*resources(db, desired, queries, filling, life_cycle))
    outcome = reconcile(project, db.clickhouse, options)

    refused = [result.error for result in outcome.failures]
    CENSUS["changes"] += len(outcome.before.plan.steps)
    CENSUS["APPLY in the plan, refused by the server"] += len(refused)
    assert refused == []
    assert outcome.unfinished == ()
    assert outcome.after.plan.with_verdict(Verdict.APPLY) == ()
    blocked = outcome.after.plan.with_verdict(Verdict.BLOCK)
    assert_views_give_their_queries(db, may_fail=bool(blocked))
    assert_dictionary_is_loaded(db, may_fail=bool(blocked))
    assert_indexes_lose_no_row(db)
    db.raw(f"DROP DATABASE {db.database} SYNC")


def assert_views_give_their_queries(db, *, may_fail):
    for name, query in db.rows(
        "SELECT name, as_select FROM system.tables "
        f"WHERE database = '{db.database}' AND engine = 'View'"
    ):
        try:
            expected = db.rows(f"SELECT * FROM ({query}) ORDER BY ALL")
        except ServerError:
            assert may_fail
            continue
        assert db.rows(f"SELECT * FROM shop.{name} ORDER BY ALL") == expected


def assert_dictionary_is_loaded(db, *, may_fail):
    exists = db.value(f"EXISTS DICTIONARY {db.database}.names")
    if not exists:
        return
    try:
        db.raw("SYSTEM RELOAD DICTIONARY shop.names")
    except ServerError:
        assert may_fail
        return
    assert db.value("SELECT count() FROM dictionary('shop.names')") == 2


def assert_indexes_lose_no_row(db):
    for table, indexed in db.rows(
        f"SELECT table, expr FROM system.data_skipping_indices WHERE database = '{db.database}'"
    ):
        counted = f"SELECT count() FROM shop.{table} WHERE {indexed} = (SELECT any({indexed}) "
        query = f"{counted} FROM shop.{table}) SETTINGS use_skip_indexes = "
        assert db.value(f"{query}1") == db.value(f"{query}0")
