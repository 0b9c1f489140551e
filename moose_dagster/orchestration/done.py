"""What a run did and how long it took, as Dagster shows it."""

from collections.abc import Iterable

import dagster as dg

from moose_dagster.apply.results import Result
from moose_dagster.orchestration.metadata import shortened, table_of
from moose_dagster.plan.names import Names
from moose_dagster.report.rows import sent_as_text

_COLUMNS = ("resource", "what", "statements", "milliseconds", "result")


def done_metadata(results: Iterable[Result], names: Names) -> dict[str, dg.MetadataValue]:
    """Return how each action ended as the table `done`; nothing where nothing was to be done."""
    rows = [
        {
            "resource": str(result.action.resource),
            "what": result.action.route.value,
            "statements": shortened(sent_as_text(result.action, names)),
            "milliseconds": result.milliseconds,
            "result": _ended(result),
        }
        for result in results
    ]
    return {"done": table_of(rows, _COLUMNS)} if rows else {}


def _ended(result: Result) -> str:
    if not result.error:
        return "applied"
    if not result.reached:
        return f"not reached: {result.error.removeprefix('not reached: ')}"
    return f"failed: {result.error}"
