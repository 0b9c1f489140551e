"""`plan --format markdown`: the comment of a pull request."""


def test_a_plan_as_markdown_is_the_same_between_runs(desk):
    desk.table("note String, gone String")
    desk.clickhouse.command(f"INSERT INTO {desk.database}.orders VALUES ('a', 'b', 'c')")

    first, second = (desk.run("plan", "--format", "markdown", "--adopt", code=2) for _ in "12")

    assert first.stdout == second.stdout
    assert first.stderr == ""
    lines = first.stdout.splitlines()
    assert lines[0] == f"### desk-{desk.suffix}: 1 change to apply, 0 blocked, 0 drifted"
    assert "#### Will be applied, and loses what is stored (1)" in lines
    assert (
        f"- **{desk.database.replace('_', chr(92) + '_')}.orders** (FULLY_MANAGED) · 1 row, "
        in (first.stdout)
    )


def test_the_environment_is_in_the_title(desk):
    desk.declare_in('Environment("dev", database_suffix="_dev")')

    text = desk.run("plan", "--format", "markdown", "--environment", "dev", code=2).stdout

    assert text.startswith(f"### desk-{desk.suffix} in dev: 1 change to apply")


def test_what_can_not_be_read_is_in_it_and_on_stderr(desk):
    desk.declare("note: str", topic=True)

    result = desk.run("plan", "--format", "markdown", "--kafka", "127.0.0.1:1", code=1)

    (shown,) = (line for line in result.stdout.splitlines() if line.startswith("> **Error:** "))
    assert "127.0.0.1:1" in shown
    assert "127.0.0.1:1" in result.stderr


def test_no_secret_is_in_it(desk, monkeypatch):
    monkeypatch.setenv("S3_KEY", "hush-hush")
    desk.write(
        f"""
from pydantic import BaseModel

from moose_dagster import Key, OlapConfig, OlapTable, Project, S3QueueEngine, Secret


class Order(BaseModel):
    id: Key[str]


engine = S3QueueEngine(
    s3_path="https://example.com/*.json",
    format="JSONEachRow",
    aws_access_key_id="me",
    aws_secret_access_key=Secret("S3_KEY"),
)
project = Project("desk-{desk.suffix}", [
    OlapTable[Order]("orders", OlapConfig(engine=engine, order_by_fields=[])),
], database="{desk.database}")
"""
    )

    text = desk.run("plan", "--format", "markdown", code=2).stdout

    assert "S3Queue" in text
    assert "hush-hush" not in text


def test_two_formats_at_once_are_refused(desk):
    result = desk.run("plan", "--format", "markdown", "--json", code=1)

    assert "--json and --format markdown exclude each other" in result.stderr
