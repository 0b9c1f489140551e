"""Sensors for new drift and for unreachable servers. They only read Dagster's storage."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import dagster as dg

from moose_dagster.declare.project import Project
from moose_dagster.errors import ServerUnreachable
from moose_dagster.orchestration.beta import beta
from moose_dagster.orchestration.checks import NAME
from moose_dagster.orchestration.keys import asset_key_for

TickResult: TypeAlias = dg.RunRequest | dg.SkipReason | None
_LONGEST = 500


@dataclass(frozen=True)
class Drift:
    """A resource whose drift check failed since the last tick, or failed in another way.

    Attributes:
        asset_key: The asset of the resource.
        description: The first five differences in words, cut after 500 characters.
        run_id: The id of the run whose check failed.
    """

    asset_key: dg.AssetKey
    description: str
    run_id: str


def build_drift_sensor(  # noqa: PLR0913 - what Dagster's own sensors take
    watched: Project | dg.Definitions,
    on_drift: Callable[[dg.SensorEvaluationContext, list[Drift]], TickResult] | None = None,
    *,
    job: Any = None,  # noqa: ANN401 - an asset job's type has no public name
    name: str = "moose_drift_sensor",
    seconds: int = 60,
    default_status: dg.DefaultSensorStatus = dg.DefaultSensorStatus.STOPPED,
) -> dg.SensorDefinition:
    """Return a sensor that calls *on_drift* once for new drift, and again when it changes.

    Args:
        watched: What `build_definitions` returned, whose checks are watched. A project stands for
            its definitions without a key prefix and without `asset_spec_for`.
        on_drift: Reports the drift, or returns a RunRequest. If None, the tick lists the drift.
        job: The job that a RunRequest starts.
        name: The name of the sensor. Each project of a code location needs its own.
        seconds: How often the sensor looks, in seconds.
        default_status: Whether the sensor runs as soon as Dagster loads it; by default, somebody
            has to start it.
    """
    keys = _check_keys(watched)
    what = watched.name if isinstance(watched, Project) else "the definitions"

    def look(context: dg.SensorEvaluationContext) -> TickResult:
        before: Mapping[str, str] = json.loads(context.cursor or "{}")
        failed = _failed(context, keys)
        new = [drift for key, drift in failed.items() if before.get(key) != drift.description]
        result = on_drift(context, new) if new and on_drift is not None else None
        # After the call: if it raises, the next tick calls it again.
        context.update_cursor(json.dumps({key: drift.description for key, drift in failed.items()}))
        return result or dg.SkipReason(_in_words(new))

    with beta():
        return dg.SensorDefinition(
            name=name,
            evaluation_fn=look,
            job=job,
            minimum_interval_seconds=seconds,
            default_status=default_status,
            description=f"Reports new drift of {what}.",
        )


def build_unreachable_sensor(
    on_unreachable: Callable[[dg.RunFailureSensorContext, str], TickResult],
    *,
    name: str = "moose_unreachable_sensor",
    seconds: int = 30,
    default_status: dg.DefaultSensorStatus = dg.DefaultSensorStatus.STOPPED,
) -> dg.SensorDefinition:
    """Return a sensor that calls *on_unreachable* when a server did not answer and a run failed.

    Args:
        on_unreachable: Gets the error message, and reports it or returns a RunRequest.
        name: The name of the sensor.
        seconds: How often the sensor looks, in seconds.
        default_status: Whether the sensor runs as soon as Dagster loads it; by default, somebody
            has to start it.
    """

    def look(context: dg.RunFailureSensorContext) -> TickResult:
        for event in context.get_step_failure_events():
            if message := _unreachable_message(event):
                return on_unreachable(context, message)
        return dg.SkipReason("every server answered.")

    with beta():
        return dg.run_failure_sensor(  # pyright: ignore[reportUnknownMemberType] - untyped in Dagster
            name=name,
            minimum_interval_seconds=seconds,
            default_status=default_status,
            description="Reports servers that do not answer.",
        )(look)


def _check_keys(watched: Project | dg.Definitions) -> list[dg.AssetCheckKey]:
    if isinstance(watched, Project):
        resources = watched.desired.life_cycles
        return [dg.AssetCheckKey(asset_key_for(watched, resource), NAME) for resource in resources]
    keys = list[dg.AssetCheckKey]()
    for assets in watched.assets or ():
        if isinstance(assets, dg.AssetsDefinition):
            keys += [spec.key for spec in assets.check_specs if spec.name == NAME]
    return keys


def _failed(
    context: dg.SensorEvaluationContext, keys: Sequence[dg.AssetCheckKey]
) -> dict[str, Drift]:
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
    return "\n".join(lines) or "there is no new drift."


def _unreachable_message(event: dg.DagsterEvent) -> str:
    error: Any = getattr(event.event_specific_data, "error", None)
    while error is not None:
        if error.cls_name == ServerUnreachable.__name__:
            return str(error.message).strip()
        error = error.cause
    return ""
