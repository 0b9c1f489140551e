"""`plan --out` and `apply --plan-file`: one plan, bound to what was live."""

import json

import pytest

REPLACED = (
    "CREATE OR REPLACE TABLE {0}.orders (id String, note String, gone String) ENGINE = MergeTree "
    "ORDER BY id AS SELECT 'a' id, 'b' note, 'c' gone"
)


@pytest.fixture
def planned(desk):
    """A desk with a table of two rows that is about to lose a column, and the plan of that."""
    desk.declare("note: str")
    desk.table("note String, gone String")
    desk.clickhouse.command(f"INSERT INTO {desk.database}.orders VALUES ('a', 'b', 'c')")
    desk.run("plan", "--adopt", "--out", "plan.json", code=2)
    return desk


def columns(desk):
    rows = desk.clickhouse.query(
        f"SELECT name FROM system.columns WHERE database = '{desk.database}' AND table = 'orders'"
    )
    return [name for (name,) in rows]


def test_a_plan_from_a_file_is_applied_with_its_options(planned):
    planned.run("apply", "--plan-file", "plan.json", "--yes", code=0)

    assert columns(planned) == ["id", "note"]


def test_the_file_can_be_read_by_people_and_programs(planned):
    content = json.loads((planned.folder / "plan.json").read_text())

    assert content["plan"]["steps"][0]["risk"] == "DESTRUCTIVE"
    assert content["permissions"]["adopt"] is True
    assert content["fingerprint"] == content["plan"]["fingerprint"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "ALTER TABLE {0}.orders ADD COLUMN more Int8",
            "planned now: {0}.orders: drop column more",
        ),
        (
            "ALTER TABLE {0}.orders DROP COLUMN gone",
            "no longer planned: {0}.orders: drop column gone",
        ),
        ("TRUNCATE TABLE {0}.orders", "{0}.orders: what is live is not the same"),
        (
            REPLACED,
            "{0}.orders: what is live is not the same",
        ),
    ],
)
def test_what_has_changed_since_is_named_and_nothing_is_sent(planned, statement, words):
    planned.clickhouse.command(statement.format(planned.database))
    before = columns(planned)

    result = planned.run("apply", "--plan-file", "plan.json", "--yes", code=1)

    assert words.format(planned.database) in result.stderr
    assert "nothing of it was sent" in result.stderr
    assert columns(planned) == before


def test_what_the_code_says_now_is_named(planned):
    planned.declare("note: str\n    added: int")

    result = planned.run("apply", "--plan-file", "plan.json", "--yes", code=1)

    assert f"planned now: {planned.database}.orders: add column added" in result.stderr


def test_the_plan_of_another_project_is_refused(planned):
    text = (planned.folder / "plan.json").read_text()
    (planned.folder / "plan.json").write_text(text.replace(f"desk-{planned.suffix}", "other"))

    result = planned.run("apply", "--plan-file", "plan.json", "--yes", code=1)

    assert f"the plan file is for other, and this is desk-{planned.suffix}" in result.stderr


@pytest.mark.parametrize("option", [("--prune",), ("--select", "orders"), ("--plan", "0" * 16)])
def test_further_options_are_refused(planned, option):
    result = planned.run("apply", "--plan-file", "plan.json", "--yes", *option, code=1)

    assert "--plan-file has the options of its plan" in result.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "nowhere.json can't be read: No such file or directory."),
        ("{}", "nowhere.json is not a file that plan --out writes."),
        ("no JSON", "nowhere.json is not a file that plan --out writes."),
    ],
)
def test_a_file_of_something_else_is_said(planned, text, words):
    if text is not None:
        (planned.folder / "nowhere.json").write_text(text)

    result = planned.run("apply", "--plan-file", "nowhere.json", "--yes", code=1)

    assert words in result.stderr


def test_a_file_that_can_not_be_written_is_said(desk):
    result = desk.run("plan", "--out", "missing/plan.json", code=1)

    assert "missing/plan.json can't be written: No such file or directory." in result.stderr
