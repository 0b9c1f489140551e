"""The pages of the reconcile job and of its schedule say what a run does."""

import dagster as dg
import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import Project
from moose_dagster.orchestration import (
    ClickHouseResource,
    DefinitionsSettings,
    build_definitions,
)

PROJECT = Project(
    "web",
    [
        declared("a", "id Int64", FM),
        declared("b", "id Int64", FM),
        declared("c", "id Int64", DP),
        declared("d", "id Int64", EM),
    ],
)


def definitions(**config: bool) -> dg.Definitions:
    return build_definitions(
        PROJECT,
        clickhouse=ClickHouseResource(host="nowhere.invalid"),
        settings=DefinitionsSettings(reconcile_config=config),
    )


def test_the_job_says_that_it_only_looks_by_default_and_what_it_does_otherwise():
    text = definitions().get_repository_def().get_job("moose_reconcile").description or ""

    before, _, after = text.partition("With `dry_run: false`")
    assert "shows the plan and changes nothing" in before
    assert after.split("- ")[1:] == [
        (
            "FULLY_MANAGED (2 resources): each is changed to what the code declares, losses "
            "included; what a table loses is kept in the trash.\n"
        ),
        (
            "DELETION_PROTECTED (1 resource): each gets what loses nothing, and everything else is "
            "blocked.\n"
        ),
        "EXTERNALLY_MANAGED (1 resource): each is compared and never written to.\n",
        "What left the code is reported and not dropped.",
    ]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "- What left the code is reported and not dropped."),
        ({"prune": True}, "- What left the code is dropped: tables go to the trash"),
        ({"dry_run": True}, "Shows the plan and changes nothing."),
    ],
)
def test_the_schedule_says_what_its_runs_do(config: dict[str, bool], words: str):
    repository = definitions(**config).get_repository_def()

    text = repository.get_schedule_def("moose_reconcile_schedule").description or ""

    assert words in text
    assert ("FULLY_MANAGED (2 resources)" in text) is ("dry_run" not in config)


def test_a_life_cycle_that_nothing_has_is_left_out():
    project = Project("web", [declared("a", "id Int64", EM)])
    built = build_definitions(project, clickhouse=ClickHouseResource(host="nowhere.invalid"))

    text = built.get_repository_def().get_job("moose_reconcile").description or ""

    assert "EXTERNALLY_MANAGED" in text
    assert "FULLY_MANAGED" not in text
