"""Everything of the definitions that is not about the declarations."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import dagster as dg

from moose_dagster.orchestration.checks import DriftChecks

DEFAULT_PREFIX = "moose"
GroupBy: TypeAlias = Literal["project", "module"]
RETRY_POLICY = dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL)
OnBlocked: TypeAlias = Literal["fail", "skip"]


@dataclass(frozen=True)
class Behaviour:
    """What is not about the declarations.

    Args:
        on_blocked: "fail" fails a run that materialises a blocked resource, after everything healthy is done;
            "skip" leaves its asset out and the run green.
        checks: What the checks make of a difference.
        group_by: Whether assets are grouped by project, or by project and the module that declares them; a
            declaration's own `metadata["group"]` comes first.
        retry_policy: How often an op is tried again when a server does not answer; what is refused never is. By
            default twice, after 1 s and 3 s; None for never. Observations are not tried again: Dagster's
            decorator takes no policy for them.
        reconcile_cron: When the reconcile schedule runs, once somebody starts it; "" for no schedule, here and below.
        drift_cron: When the drift schedule runs, once somebody starts it.
        purge_cron: When the schedule runs that removes what has expired in the trash, once somebody starts it.
        clickhouse_key: The resource key of the ClickHouseResource.
        kafka_key: The resource key of the KafkaResource.
        job_prefix: How the names of jobs and schedules begin, `moose` by default: letters, digits and _. Give each
            project of one code location its own.
        base_url: How links into Dagster's web server begin where it has a path prefix, such as `/dagster`.
        automation_condition: When managed resources are reconciled without anybody asking, such as `on_deploy()`;
            None for never.
    """

    on_blocked: OnBlocked = "fail"
    checks: DriftChecks = field(default_factory=DriftChecks)
    group_by: GroupBy = "project"
    retry_policy: dg.RetryPolicy | None = RETRY_POLICY
    reconcile_cron: str = "0 * * * *"
    drift_cron: str = "*/15 * * * *"
    purge_cron: str = "30 3 * * *"
    clickhouse_key: str = "clickhouse"
    kafka_key: str = "kafka"
    job_prefix: str = DEFAULT_PREFIX
    base_url: str = ""
    automation_condition: dg.AutomationCondition[dg.AssetKey] | None = None
