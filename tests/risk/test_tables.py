"""How bad a change of a table can be for its rows, as literal rows."""

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.server_limits import ServerLimits
from moose_dagster.risk.tables import extends_order_by, needs_rebuild, risk_of
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Constraint, Default, Engine, Index, Unread
from moose_dagster.testing import a_column, a_table

LIVE = a_table("id Int64", "day Date", "n Int64", order_by=("id", "day"), partition_by="day")
ID = LIVE.id
MEMORY = a_table("id Int64", "n Int64", engine=Engine("Memory"), order_by=())
NEW = a_column("x Int64")


def key(*desired):
    return changes.ChangeOrderBy(ID, LIVE.order_by, desired, None)


# change, risk
ROWS = [
    (changes.CreateTable(LIVE), Risk.SAFE),
    (changes.RenameTable(ID, TableId("shop", "earlier")), Risk.SAFE),
    (changes.DropTable(ID), Risk.DESTRUCTIVE),
    (changes.AddColumn(ID, NEW, "n"), Risk.SAFE),
    (changes.DropColumn(ID, LIVE.column("n")), Risk.DESTRUCTIVE),
    (changes.RenameColumn(ID, LIVE.column("n"), "m"), Risk.SAFE),
    (changes.RenameColumn(ID, LIVE.column("n"), "m.n"), Risk.REBUILD),
    (changes.RenameColumn(ID, LIVE.column("day"), "at"), Risk.REBUILD),
    (key("day", "id"), Risk.REBUILD),
    (changes.ChangePrimaryKey(ID, ("id", "day"), ("id",)), Risk.REBUILD),
    (changes.ChangePartitionBy(ID, "day", "toYear(day)"), Risk.REBUILD),
    (changes.ChangeSampleBy(ID, "", "id"), Risk.SAFE),
    (changes.ChangeSampleBy(ID, "", "n"), Risk.REBUILD),
    (changes.ChangeEngine(ID, LIVE.engine, Engine("SummingMergeTree")), Risk.REBUILD),
    (changes.ChangeEngine(ID, LIVE.engine, Engine("Null")), Risk.DESTRUCTIVE),
    (changes.ChangeTableTtl(ID, "", "day"), Risk.DATA_DEPENDENT),
    (changes.ChangeTableTtl(ID, "day", ""), Risk.SAFE),
    (changes.ChangeTableComment(ID, "", "x"), Risk.SAFE),
    (changes.ChangeSetting(ID, "merge_with_ttl_timeout", None, "7"), Risk.SAFE),
    (changes.ChangeSetting(ID, "index_granularity", "8192", "1024"), Risk.REBUILD),
    (changes.ChangeSetting(ID, "storage_policy", "fast", None), Risk.IMPOSSIBLE),
    (changes.AddElement(ID, Index("i", "n", "minmax")), Risk.REWRITE),
    (changes.DropElement(ID, Constraint("c", "CHECK", "n > 0")), Risk.SAFE),
    (changes.AddElement(ID, Constraint("c", "CHECK", "n > 0")), Risk.DATA_DEPENDENT),
]


@pytest.mark.parametrize(
    ("change", "risk"), ROWS, ids=[f"{type(row[0]).__name__}-{row[1].value}" for row in ROWS]
)
def test_a_change_of_a_table_has_this_risk(change, risk):
    assert risk_of(change, TableContext(live=LIVE, changes=(change,))).risk is risk


@pytest.mark.parametrize(
    ("proof", "risk", "words"),
    [
        (Proof(0), Risk.SAFE, "every stored row fulfills it"),
        (Proof(1), Risk.DESTRUCTIVE, "1 stored row breaks it"),
        (Proof(2, samples=("-1",)), Risk.DESTRUCTIVE, "2 stored rows break it"),
        (Proof(0, skip_reason="too large"), Risk.DATA_DEPENDENT, "too large"),
    ],
)
def test_a_constraint_is_as_bad_as_the_rows_that_break_it(proof, risk, words):
    change = changes.AddElement(ID, Constraint("c", "CHECK", "n > 0"))

    found = risk_of(change, TableContext(live=LIVE, proofs={"CONSTRAINT c": proof}))

    assert found.risk is risk
    assert words in found.why


@pytest.mark.parametrize(
    ("change", "added", "extends"),
    [
        (key("id", "day", "x"), NEW, True),
        (key("id", "day", "x DESC"), NEW, False),
        (key("x", "id", "day"), NEW, False),
        (key("id", "day", "n"), NEW, False),
        (key("id", "day", "x"), a_column("x Int64", default=Default("DEFAULT", "1")), False),
    ],
)
def test_a_key_grows_in_place_by_columns_that_are_added_with_it(change, added, extends):
    context = TableContext(live=LIVE, changes=(changes.AddColumn(ID, added, "n"), change))

    assert extends_order_by(change, context) is extends


@pytest.mark.parametrize(
    ("change", "live", "rebuild"),
    [
        (changes.DropColumn(ID, LIVE.column("day")), LIVE, True),
        (changes.DropColumn(ID, LIVE.column("n")), LIVE, False),
        (changes.ChangeType(ID, LIVE.column("day"), a_column("day Date32")), LIVE, True),
        (changes.ChangeEngine(ID, LIVE.engine, MEMORY.engine), LIVE, True),
        (changes.ChangeTableTtl(ID, "", "day"), LIVE, False),
        (changes.DropColumn(ID, MEMORY.column("n")), MEMORY, False),
        (changes.RenameColumn(ID, MEMORY.column("n"), "m"), MEMORY, True),
        (changes.DropTable(ID), MEMORY, False),
    ],
)
def test_what_no_alter_can_make_needs_a_rebuild(change, live, rebuild):
    assert needs_rebuild(change, live) is rebuild


def test_a_table_that_could_not_be_read_as_a_whole_is_not_altered():
    live = a_table("id Int64", unread=Unread(definition=True))

    found = risk_of(changes.AddColumn(live.id, NEW, "id"), TableContext(live=live))

    assert found.risk is Risk.IMPOSSIBLE
    assert "could not be read as a whole" in found.why


def test_what_the_server_lacks_comes_before_everything_else():
    table = a_table("id Int64", settings={"merge_with_tll": "1"})
    limits = ServerLimits(unknown_settings={"merge_with_tll": "merge_with_ttl"})

    assert risk_of(changes.CreateTable(table), TableContext(limits=limits)).risk is Risk.IMPOSSIBLE
