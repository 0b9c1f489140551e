"""The history of what was sent, as the ledger has it."""

import pytest


@pytest.fixture
def lived(desk):
    """A desk with three statements in its history: two in the first run, one in the second."""
    desk.declare("note: str", topic=True)
    desk.run("apply", "--yes", code=0)
    desk.declare("note: str; amount: int", topic=True)
    desk.run("apply", "--yes", code=0)
    return desk


def statements(desk, *options):
    return [
        entry["statement"].split()[0] for entry in desk.json("history", *options, code=0)["history"]
    ]


def test_the_newest_comes_first(lived):
    assert statements(lived) == ["ALTER", "CREATE", "CreateTopics"]


def test_only_so_many(lived):
    assert statements(lived, "--limit", "1") == ["ALTER"]


def test_only_one_resource(lived):
    assert statements(lived, "--resource", lived.topic) == ["CreateTopics"]
    assert statements(lived, "--resource", "orders") == ["ALTER", "CREATE"]
    assert statements(lived, "--resource", f"{lived.database}.orders") == ["ALTER", "CREATE"]


def test_only_one_run(lived):
    run = lived.json("history", "--limit", "1", code=0)["history"][0]["run_id"]

    assert statements(lived, "--run", run[:8]) == ["ALTER"]


def test_a_failure_is_shown_with_its_error(desk):
    desk.table("note String")
    # The plan can't know whether the dictionary is made by then.
    default = "dictGetString('no_such_dictionary', 'a', toUInt64(1))"
    desk.declare(f'note: str; more: Annotated[str, clickhouse_default("{default}")]')
    desk.run("apply", "--yes", code=1)

    shown = desk.run("history", code=0).stdout

    assert " failed " in shown
    assert "no_such_dictionary" in shown
    assert " ms " in shown


def test_without_a_ledger_there_is_none(desk):
    assert desk.run("history", code=0).stdout == "Nothing was sent.\n"
