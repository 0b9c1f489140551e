"""Links that open Dagster's Launchpad with an approval filled in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import dagster as dg
import yaml

from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.plan.policy import Verdict
from moose_dagster.reconciliation import PlanResult
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
        plan_result: The comparison that names the approvals.
        tags: The tags of the run. They name the code location; without it there are no links.
    """
    if _LOCATION not in tags:
        return {}
    unapproved = [one for one in plan_result.approvals if _needs_approval(plan_result, one)]
    links = dict[str, dg.MetadataValue]()
    for resource in unapproved[:_MOST_LINKS]:
        approval = plan_result.approvals[resource]
        link = _link(project_context, tags[_LOCATION], resource, approval)
        links[f"approve {resource}"] = dg.MetadataValue.url(link)
    return links


def with_approval_links(
    results: Iterable[dg.AssetCheckResult],
    project_context: ProjectContext,
    plan_result: PlanResult,
    tags: Mapping[str, str],
) -> Iterator[dg.AssetCheckResult]:
    """Yield each of *results*, with the link that approves what its resource waits for.

    Args:
        results: The results of drift checks.
        project_context: The project, its job and where its web server is.
        plan_result: The comparison that the checks report.
        tags: The tags of the run. They name the code location; without it there are no links.
    """
    links = approval_links(project_context, plan_result, tags)
    specs = project_context.specs.items()
    by_key = {spec.key: links.get(f"approve {resource}") for resource, spec in specs if links}
    for result in results:
        link = by_key.get(result.asset_key) if result.asset_key else None
        if link is None:
            yield result
            continue
        yield dg.AssetCheckResult(
            passed=result.passed,
            asset_key=result.asset_key,
            check_name=result.check_name,
            severity=result.severity,
            description=result.description,
            metadata={"approve": link, **(result.metadata or {})},
        )


def _needs_approval(plan_result: PlanResult, resource: ResourceId) -> bool:
    return any(
        step.verdict is Verdict.BLOCK and step.risk is Risk.DESTRUCTIVE
        for step in plan_result.plan.of(resource)
    )


def _link(
    project_context: ProjectContext, location: str, resource: ResourceId, approval: str
) -> str:
    config: dict[str, Any] = {"dry_run": False, "approve": [approval]}
    if resource in project_context.specs:
        config["selection"] = [str(resource)]
    else:  # it left the code, and a selection never removes anything
        config["prune"] = True
    run_config = {"ops": {project_context.op_name(RECONCILE): {"config": config}}}
    query = {"mode": "default", "config": yaml.safe_dump(run_config, sort_keys=False)}
    base = project_context.settings.base_url.rstrip("/")
    job = f"/locations/{quote(location, safe='')}/jobs/{project_context.job_name(RECONCILE)}"
    return f"{base}{job}/playground/setup?{urlencode(query)}"
