"""Which changes lose nothing only because of what is stored."""

import pytest

from moose_dagster.diff.table_changes import ChangeCodec, ChangeTableTtl, ChangeType, RenameColumn
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.proved import can_clone, rests_on_rows, unless_right_is_missing
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_column, a_table

LIVE = a_table("id Int64", "n Int64", "day Date")
NARROWED = ChangeType(LIVE.id, a_column("n Int64"), a_column("n Int8"))
WIDENED = ChangeType(LIVE.id, a_column("n Int64"), a_column("n Int128"))
RECODED = ChangeCodec(LIVE.id, a_column("n Int64"), a_column("n Int64", codec="ZSTD(1)"))
SHORTENED = ChangeTableTtl(LIVE.id, "", "day + INTERVAL 1 YEAR")
NO_RIGHT = "the user may not do EXCHANGE TABLES"


@pytest.mark.parametrize(
    ("change", "rests"),
    [(NARROWED, True), (SHORTENED, True), (WIDENED, False), (RECODED, False)],
)
def test_a_probe_decides_about_what_stored_values_may_forbid(change, rests):
    assert rests_on_rows(change, TableContext(LIVE, (change,))) is rests


@pytest.mark.parametrize("live", [None, a_table("id Int64", "n Int64", engine=Engine("Null"))])
def test_a_table_without_rows_forbids_nothing(live):
    assert not rests_on_rows(NARROWED, TableContext(live, (NARROWED,)))


def test_a_renamed_column_is_asked_for_under_its_new_name():
    rename = RenameColumn(LIVE.id, a_column("n Int64"), "number")
    retype = ChangeType(LIVE.id, a_column("number Int64"), a_column("number Int8"))

    assert rests_on_rows(retype, TableContext(LIVE, (rename, retype)))


@pytest.mark.parametrize(
    ("engine", "cluster", "clones"),
    [
        (Engine("MergeTree"), "", True),
        (Engine("ReplacingMergeTree"), "", True),
        (Engine("ReplicatedMergeTree"), "", False),
        (Engine("MergeTree"), "main", False),
        (Engine("Log"), "", False),
    ],
)
def test_a_table_of_this_server_alone_can_be_cloned(engine, cluster, clones):
    live = a_table("id Int64", engine=engine)

    assert can_clone(TableContext(live, cluster=cluster)) is clones


@pytest.mark.parametrize(
    ("change", "risk", "expected"),
    [
        (NARROWED, Risk.SAFE, Risk.IMPOSSIBLE),
        (NARROWED, Risk.REWRITE, Risk.IMPOSSIBLE),
        (NARROWED, Risk.DATA_DEPENDENT, Risk.DATA_DEPENDENT),
        (NARROWED, Risk.DESTRUCTIVE, Risk.DESTRUCTIVE),
        (WIDENED, Risk.REWRITE, Risk.REWRITE),
    ],
)
def test_a_proved_change_needs_the_right_to_exchange(change, risk, expected):
    context = TableContext(LIVE, (change,), missing_right=NO_RIGHT)

    assessed = unless_right_is_missing(change, Assessment(risk, "every value fits"), context)

    assert assessed.risk is expected
    assert assessed.why == (NO_RIGHT if expected is Risk.IMPOSSIBLE else "every value fits")


def test_a_user_with_every_right_makes_a_proved_change():
    assessed = Assessment(Risk.REWRITE, "every value fits")

    assert unless_right_is_missing(NARROWED, assessed, TableContext(LIVE, (NARROWED,))) is assessed
