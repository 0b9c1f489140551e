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
            until somebody starts it. "" means no schedule.
        drift_cron: The same for `moose_drift`.
        purge_cron: The same for `moose_purge`, which empties the trash of what has expired.
        clickhouse_key: The resource key of the ClickHouseResource.
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
    clickhouse_key: str = "clickhouse"
    kafka_key: str = "kafka"
    job_prefix: Annotated[str, Field(pattern="^[A-Za-z0-9_]+$")] = DEFAULT_PREFIX
    base_url: str = ""
    automation_condition: InstanceOf[dg.AutomationCondition[dg.AssetKey]] | None = None
    op_tags: Mapping[str, Any] = field(default_factory=dict[str, Any])
    hooks: frozenset[InstanceOf[dg.HookDefinition]] = frozenset()
    pool: str = "moose_dagster"
