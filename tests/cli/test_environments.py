"""`--environment` and MOOSE_DAGSTER_ENVIRONMENT."""

import pytest


@pytest.fixture
def many(desk):
    desk.defaults(project="shop.py")
    desk.declare_in('Environment("prod")', 'Environment("dev", database_suffix="_dev")')
    return desk


def tables_of(many, database: str) -> list[str]:
    rows = many.clickhouse.query(f"SELECT name FROM system.tables WHERE database = '{database}'")
    return [name for (name,) in rows]


def test_the_option_chooses_the_environment_of_every_command(many):
    many.run("apply", "--environment", "dev", "--yes", code=0)

    assert tables_of(many, f"{many.database}_dev") == ["orders"]
    assert tables_of(many, many.database) == []
    assert many.json("plan", "--environment", "dev", code=0)["plan"]["steps"] == []
    assert many.json("plan", "--environment", "prod", code=2)["counts"]["apply"] == 1
    history = many.json("history", "--environment", "dev", code=0)["history"]
    assert {row["resource"] for row in history} == {f"{many.database}_dev.orders"}
    assert many.json("history", "--environment", "prod", code=0)["history"] == []


def test_the_variable_chooses_it_where_no_option_does(many, monkeypatch):
    monkeypatch.setenv("MOOSE_DAGSTER_ENVIRONMENT", "dev")

    many.run("apply", "--yes", code=0)
    many.run("check", code=0)
    many.run("check", "--environment", "prod", code=3)

    assert tables_of(many, f"{many.database}_dev") == ["orders"]


@pytest.mark.parametrize("command", ["plan", "check", "trash", "history"])
def test_without_a_choice_nothing_is_compared(many, command: str):
    assert "none is chosen; give --environment" in many.run(command, code=1).output


def test_an_unknown_environment_is_an_error_with_those_there_are(many):
    output = " ".join(many.run("plan", "--environment", "pord", code=1).output.split())

    assert "did you mean prod?" in output
    assert "prod, dev" in output
