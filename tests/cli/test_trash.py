"""The trash from the command line: listed, restored, purged."""

import time

import pytest
from cli.terminal import at_a_terminal


@pytest.fixture
def shrunk(desk):
    """A desk whose table has lost a column with two rows in it."""
    desk.declare("note: str; amount: int")
    desk.run("apply", "--yes", code=0)
    desk.clickhouse.command(
        f"INSERT INTO {desk.database}.orders VALUES ('a', 'x', 1), ('b', 'y', 2)"
    )
    desk.declare("amount: int")
    desk.run("apply", "--yes", code=0)
    return desk


def notes(desk, table="orders"):
    return [
        row[0]
        for row in desk.clickhouse.query(f"SELECT note FROM {desk.database}.{table} ORDER BY id")
    ]


def test_what_lies_there_is_listed_with_its_size_and_reason(shrunk):
    (entry,) = shrunk.json("trash", code=0)["trash"]

    assert (entry["resource"], entry["cause"], entry["rows"]) == (
        f"{shrunk.database}.orders",
        "changed",
        2,
    )
    assert entry["bytes"] > 0
    assert "drop column note String" in entry["reason"]
    shown = shrunk.run("trash", code=0).stdout
    assert f"{shrunk.database}.orders 2 rows, " in shown
    assert entry["entry"] in shown
    assert "1 table, " in shown


def test_an_empty_trash_says_so(desk):
    assert "The trash is empty." in desk.run("trash", code=0).stdout


def test_a_table_comes_back_by_its_name(shrunk):
    shown = shrunk.run("restore", "--resource", f"{shrunk.database}.orders", "--yes", code=0).stdout

    assert notes(shrunk) == ["x", "y"]
    assert "the previous table is in the trash now" in shown
    assert (
        "The next reconcile changes it to what the code declares, as far as its life cycle" in shown
    )


def test_what_the_code_does_not_declare_comes_back_and_is_left_alone(shrunk):
    other = f"{shrunk.database}.before"
    shown = shrunk.run(
        "restore", "--resource", f"{shrunk.database}.orders", "--as", other, "--yes", code=0
    ).stdout

    assert f"desk-{shrunk.suffix} does not declare it, so no reconcile changes it." in shown
    shrunk.run("apply", "--yes", "--prune", code=0)
    assert notes(shrunk, "before") == ["x", "y"]


def test_nothing_is_restored_to_what_the_code_leaves_to_others(shrunk):
    shrunk.declare("amount: int", "EXTERNALLY_MANAGED")

    refused = shrunk.run(
        "restore", "--resource", f"{shrunk.database}.orders", "--yes", code=1
    ).stderr

    assert f"{shrunk.database}.orders is EXTERNALLY_MANAGED and never written" in refused


@pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, "replaced"), ("n", 1, "changed")])
def test_restore_asks_at_a_terminal_and_says_what_it_replaces(shrunk, answer, code, left):
    shown, status = at_a_terminal(
        shrunk, answer, "restore", "--resource", f"{shrunk.database}.orders"
    )

    assert "an existing table of that name goes to the trash? [y/N]" in " ".join(shown.split())
    assert status == code
    assert [entry["cause"] for entry in shrunk.json("trash", code=0)["trash"]] == [left]


@pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, 0), ("n", 1, 1)])
def test_purge_lists_what_goes_and_asks_at_a_terminal(shrunk, answer, code, left):
    (entry,) = shrunk.json("trash", code=0)["trash"]

    shown, status = at_a_terminal(shrunk, answer, "purge", "--entry", entry["entry"])

    assert f"to remove: {shrunk.database}.orders" in " ".join(shown.split())
    assert status == code
    assert len(shrunk.json("trash", code=0)["trash"]) == left


def test_what_has_expired_is_purged_and_nothing_else(shrunk):
    shrunk.defaults(project="shop.py", trash_days="0.000001")
    shrunk.declare("")
    shrunk.run("apply", "--yes", code=0)
    time.sleep(0.2)

    assert "there is no terminal to ask" in shrunk.run("purge", code=1).stderr
    (removed,) = shrunk.json("purge", "--yes", code=0)["removed"]

    assert "drop column amount" in removed["reason"]
    (left,) = shrunk.json("trash", code=0)["trash"]
    assert "drop column note" in left["reason"]
    assert shrunk.run("purge", code=0).stdout == "Nothing has expired.\n"


def test_an_entry_comes_back_under_another_name(shrunk):
    (entry,) = shrunk.json("trash", code=0)["trash"]

    restored = shrunk.json(
        "restore", "--entry", entry["entry"], "--as", f"{shrunk.database}.before", "--yes", code=0
    )["restored"]

    assert (restored["restored_as"], restored["replaced"]) == (f"{shrunk.database}.before", False)
    assert notes(shrunk, "before") == ["x", "y"]


UNRESTORED = [
    ((), "give exactly one of --resource database.table and --entry NAME."),
    (
        ("--resource", "a.b", "--entry", "c"),
        "give exactly one of --resource database.table and --entry NAME.",
    ),
    (("--entry", "nope", "--yes"), "nope: no such table in the trash, which holds desk_"),
    (
        ("--resource", "{database}.orders", "--as", "orders", "--yes"),
        "--as orders: write database.table.",
    ),
    (("--resource", "{database}.orders"), "there is no terminal to ask; add --yes."),
    (
        ("--resource", "{database}.orders", "--as", "{database}.orders", "--yes"),
        "exists already",
    ),
]


def test_what_can_not_be_restored_is_one_clear_message(shrunk):
    for texts, message in UNRESTORED:
        arguments = [text.format(database=shrunk.database) for text in texts]

        assert message in shrunk.run("restore", *arguments, code=1).stderr

    assert len(shrunk.json("trash", code=0)["trash"]) == 1


def test_nothing_is_purged_before_its_time_unless_named(shrunk):
    (entry,) = shrunk.json("trash", code=0)["trash"]

    assert shrunk.json("purge", "--yes", code=0)["removed"] == []
    assert (
        "there is no terminal to ask"
        in shrunk.run("purge", "--entry", entry["entry"], code=1).stderr
    )
    assert (
        f"removed {shrunk.database}.orders of "
        in shrunk.run("purge", "--entry", entry["entry"], "--yes", code=0).stdout
    )
    assert shrunk.json("trash", code=0)["trash"] == []


@pytest.mark.parametrize("days", ["-1", "nan", "inf", "36501"])
def test_days_that_no_calendar_holds_are_refused_in_pyproject(desk, days):
    desk.defaults(trash_days=days)

    assert "trash_days" in desk.run("plan", "shop.py", code=1).stderr
