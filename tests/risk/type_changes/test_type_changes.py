"""Every measured change of a stored column's type: what loses something is noticed."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from risk.type_changes.measured import VALUES, measured
from scenarios.database import DP, FM, TestDatabase, declared_as

from moose_dagster import OlapConfig
from moose_dagster.plan.describe import describe
from moose_dagster.plan.policy import Verdict, verdict_on
from moose_dagster.risk.levels import Risk

# A shorter text is padded with zero bytes, which the server does not take off again.
PADDED = ("FixedString(8)", "FixedString(16)")
# Lossless, and the values mean the same in the new type: true is 1, a day begins at midnight.
SAME_MEANING = {"Bool", "Date", "Date32", "DateTime", "DateTime64(3)", "DateTime64(6)", "IPv4"}
TEXTS = ("String", "Nullable(String)", "LowCardinality(")
DOCUMENTED = Path(__file__).parents[3] / "docs" / "proofs.md"
UNREADABLE = {"half-applied", "unreadable"}
LOSING = {*UNREADABLE, "lossy", "no way back"}
# What every test looks at is measured once, in one worker.
pytestmark = pytest.mark.xdist_group("type_changes")


@pytest.fixture(scope="module")
def made(connected):
    """A table of each live type, with a column for each change: (live, desired, outcome)."""
    db = TestDatabase(connected)
    changes = defaultdict(list)
    for live, desired, outcome in measured():
        changes[live].append((live, desired, outcome))
    tables = {f"t{number}": rows for number, rows in enumerate(changes.values())}
    for table, rows in tables.items():
        live = rows[0][0]
        columns = ", ".join(f"c{number} {live}" for number in range(len(rows)))
        db.raw(f"CREATE TABLE shop.{table} (id UInt8, {columns}) ENGINE = MergeTree ORDER BY id")
        quoted = live.replace("'", "\\'")
        values = (
            f"SELECT {number} AS id, CAST({v}, '{quoted}') AS v"
            for number, v in enumerate(VALUES[live])
        )
        copies = ", ".join("v" for _ in rows)
        db.raw(f"INSERT INTO shop.{table} SELECT id, {copies} FROM ({' UNION ALL '.join(values)})")
    return db, tables


@pytest.fixture(scope="module")
def decided(made):
    """What is decided about each change: live, desired, outcome, step."""
    db, tables = made
    plan_result = db.plan_result(
        *(declared_table(table, desired_types(rows), FM) for table, rows in tables.items())
    )
    found = []
    for step in plan_result.plan.steps:
        live, desired, outcome = tables[step.resource.name][
            int(describe(step.change).column.removeprefix("c"))
        ]
        found.append((live, desired, outcome, step))
    return found


def desired_types(rows):
    return [desired for _, desired, _ in rows]


def declared_table(name, types, life_cycle):
    columns = [f"c{number} {desired}" for number, desired in enumerate(types)]
    return declared_as(
        name, ["id UInt8", *columns], OlapConfig(life_cycle=life_cycle, order_by_fields=["id"])
    )


def is_applied(step):
    return verdict_on(DP, step.risk) is Verdict.APPLY


@pytest.mark.requires("26.9", "the changes were measured on 26.9")
def test_no_change_that_loses_something_passes_unnoticed(decided):
    assert len(decided) == 1_126
    for live, desired, outcome, step in decided:
        if outcome in LOSING and (live, desired) != PADDED:
            assert not is_applied(step), (live, desired, step.reason)
        if outcome in UNREADABLE:
            assert step.verdict is Verdict.BLOCK, (live, desired, step.reason)
        if outcome == "other text":
            assert live in SAME_MEANING or not is_applied(step), (live, desired, step.reason)


@pytest.mark.requires("26.9", "the changes were measured on 26.9")
def test_no_harmless_change_is_blocked_without_a_reason(decided):
    harmless = [
        (live, desired, step) for live, desired, outcome, step in decided if outcome == "same text"
    ]
    blocked = [
        (live, desired, step.reason) for live, desired, step in harmless if not is_applied(step)
    ]

    for live, desired, reason in blocked:
        if "would get text" in reason:
            assert any(text in desired for text in TEXTS)
        else:
            assert {live, desired} == {"DateTime", "DateTime('UTC')"}
            assert "another time zone" in reason
    assert all(
        step.verdict is Verdict.APPLY for _, _, outcome, step in decided if outcome == "same text"
    )


@pytest.mark.requires("26.9", "the changes were measured on 26.9")
def test_what_is_applied_keeps_every_value(made, decided):
    db, tables = made
    applied = {(live, desired) for live, desired, _, step in decided if is_applied(step)} - {PADDED}
    types_of = {}
    for table, rows in tables.items():
        types_of[table] = [
            desired if (live, desired) in applied else live for live, desired, _ in rows
        ]

    db.reconcile(*(declared_table(table, types, DP) for table, types in types_of.items()))

    for table, types in types_of.items():
        live = tables[table][0][0].replace("'", "\\'")
        same = [
            f"sum([CAST(c{n}, '{live}')] != [unchanged])"
            for n, t in enumerate(types)
            if t != tables[table][0][0]
        ]
        unchanged = f"c{types.index(tables[table][0][0])}"
        if same:
            lost = db.rows(
                f"SELECT {', '.join(same)} FROM (SELECT *, {unchanged} AS unchanged "
                f"FROM shop.{table})"
            )
            assert set(lost[0]) == {0}, (live, types)


@pytest.mark.requires("26.9", "the changes were measured on 26.9")
def test_the_counts_are_those_of_the_documentation(decided):
    counts = Counter((outcome, verdict_of(step)) for _, _, outcome, step in decided)
    heads = [
        "applied",
        "kept in the trash, protected: blocked",
        "blocked with every life cycle",
    ]
    lines = []
    for outcome in OUTCOMES:
        cells = [str(counts[outcome, head]) for head in heads]
        lines.append(f"| {outcome} | {' | '.join(cells)} |")
    table = "\n".join([f"| measured on 26.9 | {' | '.join(heads)} |", "|---|---|---|---|", *lines])

    print(table)  # noqa: T201 - what `make type-changes` shows

    assert table in DOCUMENTED.read_text()


OUTCOMES = ["same text", "other text", "lossy", "no way back", "unreadable", "half-applied"]


def verdict_of(step):
    if step.risk in {Risk.SAFE, Risk.REWRITE}:
        return "applied"
    if step.verdict is Verdict.APPLY:
        return "kept in the trash, protected: blocked"
    return "blocked with every life cycle"
