"""Modules pulled from the command line, and used there at once."""

import pytest

from moose_dagster import LifeCycle


@pytest.fixture
def live(desk):
    """A desk with a live table and a live topic."""
    desk.declare("note: str", topic=True)
    desk.run("apply", "--yes", code=0)
    return desk


def test_what_was_pulled_plans_without_a_difference(live):
    result = live.run(
        "pull", "--database", live.database, "--include", "orders", "--include", live.topic, code=0
    )

    assert result.stdout.splitlines()[-1] == "Pulled 1 table, 0 views and 1 topic into pulled."
    live.run("plan", "pulled/project.py", code=0)
    live.clickhouse.command(f"ALTER TABLE {live.database}.orders ADD COLUMN extra Int64")
    live.run("plan", "pulled/project.py", code=3)


def test_json_names_files_and_resources(live):
    answer = live.json("pull", "--include", live.topic, code=0)

    assert answer["files"] == ["pulled/project.py", "pulled/streams.py"]
    assert answer["topics"] == [live.topic]
    assert answer["tables"] == answer["views"] == []


@pytest.mark.parametrize("life_cycle", [one.name for one in LifeCycle])
def test_any_life_cycle_can_be_declared(live, life_cycle):
    live.run(
        "pull", "--database", live.database, "--folder", "mine", "--life-cycle", life_cycle, code=0
    )

    text = (live.folder / "mine" / f"tables_{live.database}.py").read_text()
    assert f"life_cycle=LifeCycle.{life_cycle}," in text


def test_managed_is_for_adoption_and_a_life_cycle_beside_it_is_an_error(live):
    arguments = ("pull", "--database", live.database, "--managed")

    live.run(*arguments, code=0)

    text = (live.folder / "pulled" / f"tables_{live.database}.py").read_text()
    assert "life_cycle=LifeCycle.FULLY_MANAGED," in text
    assert (
        "give one of them"
        in live.run(*arguments, "--life-cycle", "DELETION_PROTECTED", code=1).stderr
    )


def test_a_file_in_the_way_is_an_error_until_it_may_be_overwritten(live):
    (live.folder / "mine").mkdir()
    (live.folder / "mine" / "project.py").write_text("precious = 1")

    arguments = ("pull", "--database", live.database, "--folder", "mine")
    assert (
        "mine/project.py: not written by a pull; nothing was written."
        in live.run(*arguments, code=1).stderr
    )
    live.run(*arguments, "--overwrite", code=0)


def test_a_file_in_place_of_the_folder_is_an_error(live):
    (live.folder / "mine").write_text("precious")

    result = live.run("pull", "--database", live.database, "--folder", "mine", code=1)

    assert (
        "mine: this is not a folder; nothing was written. Choose another folder." in result.stderr
    )
    assert (live.folder / "mine").read_text() == "precious"


def test_a_database_that_is_not_there_is_an_error(live):
    result = live.run("pull", "--database", live.database, "--database", "nowhere", code=1)

    assert "there is no database nowhere; the server has " in result.stderr
    assert live.database in result.stderr
    assert not (live.folder / "pulled").exists()


def test_a_pull_without_a_server_says_how_to_name_one(desk):
    desk.environment.update(MOOSE_DAGSTER_CLICKHOUSE="", MOOSE_DAGSTER_KAFKA="")

    assert "give --clickhouse, set MOOSE_DAGSTER_CLICKHOUSE" in desk.run("pull", code=1).stderr
