"""Sensors that tell what is new, drift or a server that does not answer; they read nothing but Dagster's storage."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import dagster as dg

from moose_dagster.declare.project import Project
from moose_dagster.errors import ServerUnreachable
from moose_dagster.orchestration.beta import beta
from moose_dagster.orchestration.checks import NAME
from moose_dagster.orchestration.keys import asset_key_for

Told: TypeAlias = dg.RunRequest | dg.SkipReason | None
_LONGEST = 500


@dataclass(frozen=True)
class Drift:
    """A resource whose check has failed, and had not failed in this way when the sensor looked before.

    Args:
        asset_key: Its asset.
        description: The first differences in words, as in the check.
        run_id: The run that found it.
    """

    asset_key: dg.AssetKey
    description: str
    run_id: str


def build_drift_sensor(
    project: Project,
    on_drift: Callable[[dg.SensorEvaluationContext, list[Drift]], Told] | None = None,
    *,
    job: Any = None,  # noqa: ANN401 - an asset job's type has no public name
    name: str = "moose_drift_sensor",
    seconds: int = 60,
) -> dg.SensorDefinition:
    """Return a sensor that calls *on_drift* once for what has newly drifted, and again when it drifts otherwise.

    Args:
        project: The declarations whose checks are watched.
        on_drift: Tells somebody, or returns a RunRequest; without it the tick says what drifted.
        job: The job that a RunRequest starts.
        name: The sensor's name; give each project of a code location its own.
        seconds: How often it looks, in seconds.
    """

    def look(context: dg.SensorEvaluationContext) -> Told:
        before: Mapping[str, str] = json.loads(context.cursor or "{}")
        failed = _failed(context, project)
        new = [drift for key, drift in failed.items() if before.get(key) != drift.description]
        told = on_drift(context, new) if new and on_drift is not None else None
        # Behind the call: who could not be told is told at the next tick.
        context.update_cursor(json.dumps({key: drift.description for key, drift in failed.items()}))
        return told or dg.SkipReason(_in_words(new))

    with beta():
        return dg.SensorDefinition(
            name=name,
            evaluation_fn=look,
            job=job,
            minimum_interval_seconds=seconds,
            description=f"Tells what has newly drifted of {project.name}.",
        )


def build_unreachable_sensor(
    on_unreachable: Callable[[dg.RunFailureSensorContext, str], Told],
    *,
    name: str = "moose_unreachable_sensor",
    seconds: int = 30,
) -> dg.SensorDefinition:
    """Return a sensor that calls *on_unreachable* with the message when a run failed because no server answered.

    Args:
        on_unreachable: Tells somebody, or returns a RunRequest.
        name: The sensor's name.
        seconds: How often it looks, in seconds.
    """

    def look(context: dg.RunFailureSensorContext) -> Told:
        messages = [
            message for event in context.get_step_failure_events() for message in _unanswered(event)
        ]
        return (
            on_unreachable(context, messages[0])
            if messages
            else dg.SkipReason("every server answered.")
        )

    with beta():
        return dg.run_failure_sensor(  # pyright: ignore[reportUnknownMemberType] - Dagster leaves its jobs untyped
            name=name,
            minimum_interval_seconds=seconds,
            description="Tells when a server does not answer.",
        )(look)


def _failed(context: dg.SensorEvaluationContext, project: Project) -> dict[str, Drift]:
    keys = [
        dg.AssetCheckKey(asset_key_for(project, resource), NAME)
        for resource in project.desired.life_cycles
    ]
    records = context.instance.event_log_storage.get_asset_check_summary_records(keys)
    failed = dict[str, Drift]()
    for key, record in records.items():
        last = record.last_completed_check_execution_record
        evaluation = last.evaluation if last is not None else None
        if last is not None and evaluation is not None and not evaluation.passed:
            description = evaluation.description or ""
            failed[key.asset_key.to_user_string()] = Drift(
                key.asset_key, description[:_LONGEST], last.run_id
            )
    return failed


def _in_words(drifts: Iterable[Drift]) -> str:
    lines = [f"{drift.asset_key.to_user_string()}: {drift.description}" for drift in drifts]
    return "\n".join(lines) or "nothing new has drifted."


def _unanswered(event: dg.DagsterEvent) -> Iterable[str]:
    error: Any = getattr(event.event_specific_data, "error", None)
    while error is not None:
        if error.cls_name == ServerUnreachable.__name__:
            yield error.message.strip()
            return
        error = error.cause
