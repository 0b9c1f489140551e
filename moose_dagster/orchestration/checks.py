"""The drift check: whether the live schema of a resource matches the code, and who changed it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

import dagster as dg
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.diff.changes import Change
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.query_log import LastChange, read_last_changes
from moose_dagster.orchestration.metadata import differences_table, facts_of, plan_text
from moose_dagster.plan.steps import Plan, Step
from moose_dagster.reconciliation import PlanResult
from moose_dagster.report.rows import row_of, summary_of
from moose_dagster.state.names import ResourceId, TableId, ViewId

NAME = "schema_drift"
_IN_WORDS = 5
_NOT_READ = "unknown: system.query_log can't be read"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class DriftChecks:
    """Which differences fail a check, how severe that is, and whether consumers wait.

    Attributes:
        blocking: Whether a failed check of an external resource keeps its consumers from running
            in the same run. By default it does.
        severity: How severe a failed check is, by life cycle. The default is ERROR for
            EXTERNALLY_MANAGED and WARN for the others.
        ignored: Differences that fail no check, by `database.name` or topic. Each is a facet as
            the checks show it (`comment`), a facet of one column (`codec note`) or a setting
            (`setting merge_with_ttl_timeout`). Anything else is a `ValueError`.
    """

    blocking: bool = True
    severity: Mapping[LifeCycle, dg.AssetCheckSeverity] = field(
        default_factory=lambda: {LifeCycle.EXTERNALLY_MANAGED: dg.AssetCheckSeverity.ERROR}
    )
    ignored: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def spec_for(self, key: dg.AssetKey, life_cycle: LifeCycle) -> dg.AssetCheckSpec:
        """Return the spec of a check.

        Args:
            key: The asset that is checked.
            life_cycle: The life cycle of its resource.
        """
        return dg.AssetCheckSpec(
            NAME,
            asset=key,
            description="Whether the live schema is what the code declares.",
            blocking=self.may_block(life_cycle),
        )

    def blocks(self, result: dg.AssetCheckResult, life_cycle: LifeCycle) -> bool:
        """Tell whether the consumers of an asset wait.

        Args:
            result: How its check ended.
            life_cycle: The life cycle of its resource.
        """
        failed = not result.passed and result.severity is dg.AssetCheckSeverity.ERROR
        return failed and self.may_block(life_cycle)

    def may_block(self, life_cycle: LifeCycle) -> bool:
        """Tell whether a failed check may keep consumers from running.

        Args:
            life_cycle: The life cycle of the resource that is checked.
        """
        return self.blocking and life_cycle is LifeCycle.EXTERNALLY_MANAGED

    def results(
        self,
        plan_result: PlanResult,
        resources: Mapping[ResourceId, dg.AssetKey],
        clickhouse: ClickHouse | None,
        project: Project,
    ) -> Iterator[dg.AssetCheckResult]:
        """Yield the check results of resources, and who changed those that differ.

        Args:
            plan_result: The comparison that the checks report.
            resources: The resources to check, each with its asset.
            clickhouse: The server, for who changed a table last; None where there is none.
            project: The declarations.
        """
        differing = [resource for resource in resources if self._counted(plan_result, resource)]
        places = {
            resource: _place(resource) for resource in differing if isinstance(resource, TableId)
        }
        changes = read_last_changes(clickhouse, places.values()) if clickhouse is not None else None
        for resource, key in resources.items():
            last_change = None
            if resource in places:
                last_change = _NOT_READ if changes is None else changes.get(places[resource])
            severity = self.severity.get(
                project.desired.life_cycles[resource], dg.AssetCheckSeverity.WARN
            )
            steps = self._counted(plan_result, resource)
            yield dg.AssetCheckResult(
                passed=not steps,
                asset_key=key,
                check_name=NAME,
                severity=severity,
                description=_in_words(steps),
                metadata=self._metadata(plan_result, resource, last_change),
            )

    def _counted(self, plan_result: PlanResult, resource: ResourceId) -> list[Step[Change]]:
        return [step for step in plan_result.plan.of(resource) if not self._is_ignored(step)]

    def _is_ignored(self, step: Step[Change]) -> bool:
        row = row_of(step)
        ignored = self.ignored.get(str(step.resource), ())
        return row.facet in ignored or f"{row.facet} {row.column}" in ignored

    def _metadata(
        self, plan_result: PlanResult, resource: ResourceId, last_change: LastChange | str | None
    ) -> dict[str, dg.MetadataValue]:
        steps = self._counted(plan_result, resource)
        ignored = [step for step in plan_result.plan.of(resource) if step not in steps]
        notes = [note for note in plan_result.plan.notes if note.startswith(f"{resource}: ")]
        metadata = {
            "difference_count": dg.MetadataValue.int(len(steps)),
            **facts_of(plan_result, resource),
        }
        if steps:
            metadata["plan"] = plan_text(Plan(steps=tuple(steps)))
            metadata["differences"] = differences_table(steps)
        if ignored:
            metadata["ignored"] = differences_table(ignored)
        if last_change:
            metadata["last_changed"] = dg.MetadataValue.text(str(last_change))
        if notes:
            metadata["notes"] = dg.MetadataValue.text("\n".join(notes))
        return metadata


def evaluation_of(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """Return *result* as the event that an op yields."""
    if result.asset_key is None:
        raise ValueError(f"{result.check_name}: the result has no asset.")
    return dg.AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name or NAME,
        passed=result.passed,
        metadata=result.metadata,
        severity=result.severity,
        description=result.description,
    )


def _in_words(steps: Sequence[Step[Change]]) -> str:
    if not steps:
        return f"The live schema matches the code: {summary_of(Plan())}."
    words = [step.reason for step in steps[:_IN_WORDS]]
    if len(steps) > _IN_WORDS:
        words.append(f"... and {len(steps) - _IN_WORDS} more.")
    # Dagster shows it as Markdown, which breaks a line only after two spaces.
    return "  \n".join(words)


def _place(table: TableId) -> TableId:
    return table.place if isinstance(table, ViewId) else table
