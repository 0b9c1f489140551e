"""Rebuilds that were interrupted: told, gone on with, or given up."""

import pytest
from connections import Breaking

from moose_dagster import Options, reconcile
from moose_dagster.cli.loading import project_in

NEVER = 10_000


@pytest.fixture
def interrupted(desk):
    """A function that leaves the rebuild of `orders` at its EXCHANGE, which was sent or not."""

    def interrupt(*, sent):
        desk.clickhouse.command(f"CREATE DATABASE {desk.database} ENGINE = Atomic")
        orders = f"{desk.database}.orders"
        desk.clickhouse.command(
            f"CREATE TABLE {orders} (id String, note String) ENGINE = MergeTree ORDER BY note"
        )
        desk.clickhouse.command(f"INSERT INTO {orders} SELECT number, number FROM numbers(1000)")
        project, _ = project_in("shop.py")
        breaking = Breaking(desk.clickhouse, NEVER, sent=sent, for_good=True, word="EXCHANGE")
        names = {
            "ledger_database": f"ledger_{desk.suffix}",
            "trash_database": f"trash_{desk.suffix}",
        }
        outcome = reconcile(project, breaking, Options(**names, adopt=True, lock_lease=0.5))
        assert outcome.failures
        return orders

    return interrupt


def test_what_became_of_an_interrupted_rebuild_is_printed(desk, interrupted):
    orders = interrupted(sent=True)

    assert f"{orders}: a rebuild was interrupted" in desk.run("plan", code=0).stdout
    applied = desk.json("apply", "--yes", "--adopt", code=0)

    assert applied["recovered"] == [f"{orders}: an interrupted rebuild was finished."]


def test_the_copying_is_told_on_stderr(desk, interrupted):
    orders = interrupted(sent=False)
    desk.run("abort", "--yes", code=0)

    result = desk.run("apply", "--yes", "--adopt", code=0)

    assert f"    {orders}: 1,000 of 1,000 rows copied (100 %)" in result.stderr


def test_a_rebuild_is_given_up_after_a_question(desk, interrupted):
    orders = interrupted(sent=False)

    assert "there is no terminal to ask" in desk.run("abort", code=1).stderr
    other = desk.run("abort", "--resource", f"{desk.database}.customers", "--yes", code=0)
    shown = desk.run("abort", "--resource", orders, "--yes", code=0).stdout

    assert other.stdout == "No rebuild is interrupted.\n"
    assert shown == (
        f"interrupted: {orders}, 1,000 rows copied so far\n{orders}: the rebuild was "
        "undone; the table is as it was.\n"
    )
    assert desk.json("abort", code=0) == {
        "project": f"desk-{desk.suffix}",
        "undone": [],
        "refused": [],
    }
    assert "write database.table" in desk.run("abort", "--resource", "orders", code=1).stderr


def test_what_is_past_the_exchange_is_refused(desk, interrupted):
    orders = interrupted(sent=True)

    result = desk.run("abort", "--yes", code=1)

    assert f"{orders}: the new table has taken its place already" in result.stderr
