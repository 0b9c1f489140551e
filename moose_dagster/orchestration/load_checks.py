"""The checks of loaded tables: lag, dead letters and freshness."""

from collections.abc import Collection, Iterable, Iterator

import dagster as dg

from moose_dagster.declare.loads import DeclaredLoad
from moose_dagster.load import LoadOptions
from moose_dagster.load.health import LoadHealth, Waiting, read_health
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId

LAG = "lag"
DEAD_LETTERS = "dead_letters"
FRESHNESS = "freshness"
_DESCRIPTIONS = {
    LAG: "Whether the messages of the topic are loaded in time.",
    DEAD_LETTERS: "Whether messages wait in the dead letter queue.",
    FRESHNESS: "Whether the table got rows lately.",
}


def load_check_op(project_context: ProjectContext, name: str) -> dg.AssetChecksDefinition:
    """Return the op that checks every loaded table."""
    loads = project_context.project.loads.values()
    specs = [
        dg.AssetCheckSpec(check, asset=project_context.key_of(table), description=text)
        for table, names in _checks_of(loads).items()
        for check, text in _DESCRIPTIONS.items()
        if check in names
    ]

    @dg.multi_asset_check(
        name=name,
        specs=specs,
        can_subset=True,
        required_resource_keys=project_context.resource_keys,
        op_tags=project_context.settings.op_tags,
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        selected = context.op_execution_context.selected_asset_check_keys
        with project_context.session(context.op_execution_context) as servers:
            for result in load_check_results(project_context, servers):
                if dg.AssetCheckKey(_key(result), result.check_name or "") in selected:
                    yield result

    return check


def load_check_results(
    project_context: ProjectContext,
    servers: Servers,
    selection: Collection[ResourceId] | None = None,
) -> list[dg.AssetCheckResult]:
    """Return the results of every check of the loaded tables that are selected."""
    if servers.clickhouse is None or servers.kafka is None:
        return []
    options = LoadOptions(run=servers.options)
    health = read_health(project_context.project, servers.clickhouse, servers.kafka, options)
    by_table: dict[TableId, list[LoadHealth]] = {}
    for one in health:
        by_table.setdefault(one.load.table, []).append(one)
    chosen = {
        load.table
        for load in project_context.project.loads.values()
        if selection is None or load.topic in selection or load.table in selection
    }
    names = _checks_of(project_context.project.loads.values())
    results = list[dg.AssetCheckResult]()
    for table, loads in by_table.items():
        if table not in chosen:
            continue
        for result in (_lag(loads), _dead_letters(loads), _freshness(loads)):
            if result.check_name in names[table]:
                results.append(_with_asset(project_context, table, result))
    return results


def _checks_of(loads: Iterable[DeclaredLoad]) -> dict[TableId, set[str]]:
    names: dict[TableId, set[str]] = {}
    for load in loads:
        of_table = names.setdefault(load.table, {LAG})
        if load.dead_letters is not None:
            of_table.add(DEAD_LETTERS)
        if load.how.freshness_seconds is not None:
            of_table.add(FRESHNESS)
    return names


def _lag(loads: Iterable[LoadHealth]) -> dg.AssetCheckResult:
    late = list[Waiting]()
    every = list[Waiting]()
    for health in loads:
        how = health.load.how
        every += health.lag
        late += [
            one
            for one in health.lag
            if one.messages > how.lag_messages or one.seconds > how.lag_seconds
        ]
    return _result(LAG, every, late, "not loaded")


def _dead_letters(loads: Iterable[LoadHealth]) -> dg.AssetCheckResult:
    failed = list[Waiting]()
    every = list[Waiting]()
    for health in loads:
        every += health.dead_letters
        count = sum(one.messages for one in health.dead_letters)
        failed += health.dead_letters if count > health.load.how.dead_letters else ()
    return _result(DEAD_LETTERS, every, failed, "not valid")


def _freshness(loads: Iterable[LoadHealth]) -> dg.AssetCheckResult:
    late = list[str]()
    seconds = list[float]()
    for health in loads:
        threshold = health.load.how.freshness_seconds
        if health.freshness is None:
            late.append(f"{health.load.topic}: none of its messages became a row yet.")
            continue
        seconds.append(health.freshness)
        if threshold is not None and health.freshness > threshold:
            late.append(
                f"{health.load.topic}: the last row came {health.freshness:,.0f} s ago, "
                f"{threshold:,.0f} s are allowed."
            )
    metadata: dict[str, dg.MetadataValue] = {}
    if seconds:
        metadata["moose_dagster/freshness_seconds"] = dg.MetadataValue.float(max(seconds))
    return dg.AssetCheckResult(
        passed=not late,
        check_name=FRESHNESS,
        description="  \n".join(late) or "The table got rows lately.",
        metadata=metadata,
    )


def _result(
    name: str, every: Iterable[Waiting], failed: Iterable[Waiting], what: str
) -> dg.AssetCheckResult:
    waiting = tuple(every)
    count = sum(one.messages for one in waiting)
    oldest = max((one.seconds for one in waiting), default=0.0)
    # Dagster shows it as Markdown, which breaks a line only after two spaces.
    words = "  \n".join(f"{one}, {what}." for one in failed)
    return dg.AssetCheckResult(
        passed=not words,
        check_name=name,
        description=words or f"{counted(count, 'message')} {what}.",
        metadata={
            "moose_dagster/messages": dg.MetadataValue.int(count),
            "moose_dagster/oldest_seconds": dg.MetadataValue.float(oldest),
        },
    )


def _with_asset(
    project_context: ProjectContext, table: TableId, result: dg.AssetCheckResult
) -> dg.AssetCheckResult:
    """Return *result* about the asset of *table*, as severe as its life cycle says."""
    life_cycle = project_context.project.desired.life_cycles[table]
    severities = project_context.settings.checks.severity
    return result._replace(
        asset_key=project_context.key_of(table),
        severity=severities.get(life_cycle, dg.AssetCheckSeverity.WARN),
    )


def _key(result: dg.AssetCheckResult) -> dg.AssetKey:
    if result.asset_key is None:
        raise ValueError(f"{result.check_name}: the result has no asset.")
    return result.asset_key
