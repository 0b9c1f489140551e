"""`doctor`: what a run needs, a line each."""

import pytest

from moose_dagster.cli.doctor import Health, _of_clock, _of_version


def lines(result):
    """Return the health of each finding by its name."""
    found = (line.split(maxsplit=1) for line in result.stdout.splitlines())
    return {rest.partition(":")[0]: health for health, rest in found}


def test_a_healthy_project_is_ok_and_nothing_is_written(desk):
    desk.declare("note: str", topic=True)

    result = desk.run("doctor", code=0)

    found = lines(result)
    assert {name: found[name] for name in ("project", "ClickHouse", "version", "clock")} == {
        "project": "ok",
        "ClickHouse": "ok",
        "version": "ok",
        "clock": "ok",
    }
    assert (found["ledger"], found["Kafka"]) == ("ok", "ok")
    assert found["rights"] in {"ok", "unknown"}
    assert not desk.clickhouse.query(
        f"SELECT 1 FROM system.databases WHERE name LIKE '%{desk.suffix}'"
    )


def test_each_server_that_does_not_answer_has_its_line(desk):
    desk.declare("note: str", topic=True)

    result = desk.run(
        "doctor", "--clickhouse", "http://127.0.0.1:1", "--kafka", "127.0.0.1:1", code=1
    )

    assert lines(result)["ClickHouse"] == lines(result)["Kafka"] == "failed"
    assert "127.0.0.1:1" in result.stdout


def test_what_is_managed_is_counted(desk):
    desk.run("apply", "--yes", code=0)

    assert "1 resource of this project" in desk.run("doctor", code=0).stdout


def test_the_findings_are_data_as_well(desk):
    data = desk.json("doctor", code=0)

    assert data["findings"][0] == {
        "what": "project",
        "health": "ok",
        "words": f"desk-{desk.suffix}: 1 table, 0 views, 0 topics",
    }


@pytest.mark.parametrize(
    ("version", "health"),
    [("24.8.1.2", "ok"), ("26.9", "ok"), ("24.3.5.46", "failed"), ("9.1", "failed")],
)
def test_an_old_version_is_said(version, health):
    assert _of_version(version).health == health


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (0, "the same as here"),
        (-4, "the same as here"),
        (3_600, "the server is 3,600 seconds ahead of this machine"),
        (-90, "the server is 90 seconds behind this machine"),
    ],
)
def test_clocks_that_differ_are_said(ahead, words):
    finding = _of_clock(ahead)

    assert finding.words.startswith(words)
    assert (finding.health is Health.FAILED) is (abs(ahead) > 5)
