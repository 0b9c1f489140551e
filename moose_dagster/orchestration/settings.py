"""Everything of the definitions that is not about the declarations."""

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
    """What is not about the declarations.

    Args:
        on_blocked: "fail" fails a run that materializes a blocked resource, after everything
            healthy is done; "skip" leaves its asset out and the run green.
        checks: What the checks make of a difference.
        group_by: Whether assets are grouped by project, or by project and the module that declares
            them; a declaration's own `metadata["group"]` comes first.
        retry_policy: How often an op is tried again when a server does not answer; what is refused
            never is. By default twice, after 1 s and 3 s; None for never.
        reconcile_cron: When the reconcile schedule runs, once somebody starts it; "" for no
            schedule, here and below.
        drift_cron: When the drift schedule runs, once somebody starts it.
        purge_cron: When the schedule runs that removes what has expired in the trash, once somebody
            starts it.
        clickhouse_key: The resource key of the ClickHouseResource.
        kafka_key: The resource key of the KafkaResource.
        job_prefix: How the names of jobs and schedules begin, `moose` by default: letters, digits
            and _. Give each project of one code location its own.
        base_url: How links into Dagster's web server begin where it has a path prefix, such as
            `/dagster`.
        automation_condition: When managed resources are reconciled without anybody asking, such as
            `on_deploy()`; None for never.
        op_tags: On the op of every asset, check and job, such as `dagster-k8s/config`. Observations
            carry none: Dagster's decorator takes none for them.
        hooks: Called when such an op has succeeded or failed; observations and checks of their own
            take none.
        pool: The pool that whatever writes waits for. It limits nothing before the instance gives
            it a limit.
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
