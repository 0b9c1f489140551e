"""Links that open Dagster's Launchpad with an approval filled in."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import dagster as dg
import yaml

from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.plan.policy import Verdict
from moose_dagster.reconcile import PlanResult
from moose_dagster.risk.levels import Risk
from moose_dagster.state.names import ResourceId

RECONCILE = "reconcile"
_MOST_LINKS = 20
# Dagster's web server and daemon put it on every run they launch.
_LOCATION = "dagster/code_location"


def approval_links(
    project_context: ProjectContext, plan_result: PlanResult, tags: Mapping[str, str]
) -> dict[str, dg.MetadataValue]:
    """Return a link for each resource of *plan_result* that waits for an approval, at most 20.

    Args:
        project_context: The project, its job and where its web server is.
        plan_result: What was found.
        tags: Those of the run, which name the code location; without it there are no links.
    """
    if _LOCATION not in tags:
        return {}
    waiting = [one for one in plan_result.approvals if _waits(plan_result, one)]
    return {
        f"approve {resource}": dg.MetadataValue.url(
            _link(project_context, tags[_LOCATION], resource, plan_result.approvals[resource])
        )
        for resource in waiting[:_MOST_LINKS]
    }


def _waits(plan_result: PlanResult, resource: ResourceId) -> bool:
    return any(
        s.verdict is Verdict.BLOCK and s.risk is Risk.DESTRUCTIVE
        for s in plan_result.plan.of(resource)
    )


def _link(
    project_context: ProjectContext, location: str, resource: ResourceId, approval: str
) -> str:
    config: dict[str, Any] = {"dry_run": False, "approve": [approval]}
    if resource in project_context.specs:
        config["selection"] = [str(resource)]
    else:  # it left the code, which a selection never removes
        config["prune"] = True
    text = yaml.safe_dump(
        {"ops": {project_context.op_name(RECONCILE): {"config": config}}}, sort_keys=False
    )
    place = f"/locations/{quote(location, safe='')}/jobs/{project_context.job_name(RECONCILE)}/playground/setup"
    return f"{project_context.settings.base_url.rstrip('/')}{place}?{urlencode({'mode': 'default', 'config': text})}"
