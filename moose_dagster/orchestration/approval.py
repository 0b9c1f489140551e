"""Links that open Dagster's Launchpad with an approval filled in."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import dagster as dg
import yaml

from moose_dagster.orchestration.wiring import Wiring
from moose_dagster.plan.policy import Risk, Verdict
from moose_dagster.reconcile import Survey
from moose_dagster.state.resources import ResourceId

RECONCILE = "reconcile"
_MOST_LINKS = 20
# Dagster's web server and daemon put it on every run they launch.
_LOCATION = "dagster/code_location"


def approval_links(wiring: Wiring, survey: Survey, tags: Mapping[str, str]) -> dict[str, dg.MetadataValue]:
    """Return a link for each resource of *survey* that waits for an approval, at most 20.

    Args:
        wiring: The project, its job and where its web server is.
        survey: What was found.
        tags: Those of the run, which name the code location; without it there are no links.
    """
    if _LOCATION not in tags:
        return {}
    waiting = [one for one in survey.approvals if _waits(survey, one)]
    return {
        f"approve {resource}": dg.MetadataValue.url(
            _link(wiring, tags[_LOCATION], resource, survey.approvals[resource])
        )
        for resource in waiting[:_MOST_LINKS]
    }


def _waits(survey: Survey, resource: ResourceId) -> bool:
    return any(s.verdict is Verdict.BLOCK and s.risk is Risk.DESTRUCTIVE for s in survey.plan.of(resource))


def _link(wiring: Wiring, location: str, resource: ResourceId, approval: str) -> str:
    config: dict[str, Any] = {"dry_run": False, "approve": [approval]}
    if resource in wiring.specs:
        config["selection"] = [str(resource)]
    else:  # it left the code, which a selection never removes
        config["prune"] = True
    text = yaml.safe_dump({"ops": {wiring.op_name(RECONCILE): {"config": config}}}, sort_keys=False)
    place = f"/locations/{quote(location, safe='')}/jobs/{wiring.job_name(RECONCILE)}/playground/setup"
    return f"{wiring.behaviour.base_url.rstrip('/')}{place}?{urlencode({'mode': 'default', 'config': text})}"
