"""The settings of the definitions: everything that is not about the declarations."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal, TypeAlias

import dagster as dg
from pydantic import ConfigDict, Field, InstanceOf
from pydantic.dataclasses import dataclass

from moose_dagster.orchestration.checks import DriftChecks

DEFAULT_PREFIX = "moose"
GroupBy: TypeAlias = Literal["project", "module"]
RETRY_POLICY = dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL)
ScheduleStatus: TypeAlias = Literal["RUNNING", "STOPPED"]
OnBlocked: TypeAlias = Literal["fail", "skip"]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class DefinitionsSettings:
    """The settings of `build_definitions` that are not about the declarations.

    A field of the wrong type, or one that does not exist, is a pydantic `ValidationError`.

    Attributes:
        on_blocked: "fail" fails a materialization or a run of `moose_reconcile` in which something
            is blocked, after everything healthy is done. With "skip" such a run succeeds; the
            check of the blocked resource fails in both cases.
        checks: Which differences fail the drift checks, and how severe that is.
        group_by: "project" puts all assets in one group, "module" in one for each module that
            declares them. `metadata["group"]` of a declaration takes precedence.
        retry_policy: How often an op is retried when a server does not answer; a refusal is never
            retried. By default twice, after 1 s and 3 s. None means no retries.
        reconcile_cron: The cron expression of the schedule of `moose_reconcile`, which is stopped
            by default. "" means no schedule.
        drift_cron: The same for `moose_drift`.
        purge_cron: The same for `moose_purge`, which empties the trash of what has expired.
        load_cron: The same for `moose_load`, which loads messages into tables; only a project with
            a `BatchLoad` has that job.
        clone_cron: The same for `moose_clone`, which drops old clones; only a project with an
            environment such as `pr-*` has that job.
        clone_days: How old a clone gets before that schedule drops it, in days.
        schedule_status: "RUNNING" starts every schedule when Dagster loads it, "STOPPED" waits
            until somebody starts it.
        time_zone: The time zone of the cron expressions, such as `Europe/Berlin`; "" means UTC.
        reconcile_config: The config of the op in runs of the schedule of `moose_reconcile`, such as
            `{"prune": True}`. Without `dry_run` in it, such a run applies.
        job_tags: The tags of every job of the library, such as `dagster/max_runtime`,
            `dagster/priority` or `dagster-k8s/config`; runs inherit them.
        clickhouse_key: The resource key of the ClickHouseResource. The default is none that another
            integration of ClickHouse uses.
        kafka_key: The resource key of the KafkaResource.
        job_prefix: The prefix of the names of jobs and schedules: letters, digits and _. Each
            project of a code location needs its own.
        base_url: The path prefix of Dagster's web server, such as `/dagster`; "" means none.
        automation_condition: The condition under which managed assets are materialized
            automatically, such as `on_deploy()`. None means never.
        op_tags: The tags of the op of every asset, check and job, such as `dagster-k8s/config`.
            Observations have none, because Dagster's decorator accepts none.
        hooks: The hooks of these ops, for success or failure. Observations and separate checks
            have none.
        pool: The pool of every op that writes. It limits nothing until the instance sets a limit.
    """

    on_blocked: OnBlocked = "fail"
    checks: DriftChecks = field(default_factory=DriftChecks)
    group_by: GroupBy = "project"
    retry_policy: InstanceOf[dg.RetryPolicy] | None = RETRY_POLICY
    reconcile_cron: str = "0 * * * *"
    drift_cron: str = "*/15 * * * *"
    purge_cron: str = "30 3 * * *"
    load_cron: str = "*/5 * * * *"
    clone_cron: str = "45 3 * * *"
    clone_days: Annotated[float, Field(ge=0)] = 7.0
    schedule_status: ScheduleStatus = "STOPPED"
    time_zone: str = ""
    reconcile_config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    job_tags: Mapping[str, Any] = field(default_factory=dict[str, Any])
    clickhouse_key: str = "moose_clickhouse"
    kafka_key: str = "moose_kafka"
    job_prefix: Annotated[str, Field(pattern="^[A-Za-z0-9_]+$")] = DEFAULT_PREFIX
    base_url: str = ""
    automation_condition: InstanceOf[dg.AutomationCondition[dg.AssetKey]] | None = None
    op_tags: Mapping[str, Any] = field(default_factory=dict[str, Any])
    hooks: frozenset[InstanceOf[dg.HookDefinition]] = frozenset()
    pool: str = "moose_dagster"
