"""Measure definitions of 1,000 and 10,000 resources, and runs, against as many bare AssetSpecs."""

import tracemalloc
from collections.abc import Callable, Sequence

import dagster as dg
from dagster._core.remote_representation.external_data import RepositorySnap
from rich.console import Console

from benchmarks.measure import Measured, compared, seconds, side_by_side
from benchmarks.tables import COLUMNS, project
from moose_dagster.clients.clickhouse import ClickHouseAddress
from moose_dagster.orchestration import ClickHouseResource, build_definitions

# How many resources, and how often they are loaded.
_SIZES = ((1_000, 5), (10_000, 1))
_PER_OP = 250
_MATERIALIZED = 300


def measure(console: Console) -> list[Measured]:
    """Return the lines of what loads, without any server."""
    lines = list[Measured]()
    for count, rounds in _SIZES:
        console.print(f"Dagster definitions of {count:,} tables ...")
        lines += _loads(count, rounds)
    return lines


def measure_runs(url: str, console: Console) -> list[Measured]:
    """Return the lines for a materialization and for a reconcile that has nothing to do."""
    console.print(f"Dagster runs over {_MATERIALIZED} tables ...")
    address = ClickHouseAddress.from_url(url)
    clickhouse = ClickHouseResource(host=address.host, port=address.port)
    ours = build_definitions(project("bench_runs", COLUMNS, _MATERIALIZED), clickhouse=clickhouse)
    materialize = dg.define_asset_job("materialize", executor_def=dg.in_process_executor)
    job = dg.Definitions(jobs=[materialize])
    bare = dg.Definitions.merge(_in_ops(_specs(_MATERIALIZED)), job)
    with dg.DagsterInstance.ephemeral() as instance:
        first = _run(dg.Definitions.merge(ours, job), "materialize", instance)
        yardstick = _run(bare, "materialize", instance)
        config = {"ops": {"reconcile": {"config": {"dry_run": False}}}}
        idle = _run(ours, "moose_reconcile", instance, config)
        empty = _run(dg.Definitions(jobs=[_empty_job()]), "empty", instance)
    return [
        compared(
            f"materialize {_MATERIALIZED} new tables against assets that do nothing",
            first,
            yardstick,
            "-",
        ),
        compared(
            f"idle moose_reconcile of {_MATERIALIZED} tables against an empty op job",
            idle,
            empty,
            "-",
        ),
    ]


def _loads(count: int, rounds: int) -> list[Measured]:
    desired = project("bench", COLUMNS, count)
    clickhouse = ClickHouseResource(host="127.0.0.1")

    def ours() -> dg.Definitions:
        return build_definitions(desired, clickhouse=clickhouse)

    def bare() -> dg.Definitions:
        return _in_ops(_specs(count))

    def alone() -> dg.Definitions:
        return dg.Definitions(assets=_specs(count))

    what = f"definitions of {count:,} tables against bare AssetSpecs"
    yardstick = "in ops with a check each"
    loaded = {"rounds": rounds}
    repositories = ours().get_repository_def(), bare().get_repository_def()
    sizes = [(len(_snapshot(one)), seconds(lambda one=one: _snapshot(one))) for one in repositories]
    return [
        side_by_side(
            f"{what} {yardstick}",
            lambda: _loaded(ours),
            lambda: _loaded(bare),
            aim="1.5x",
            **loaded,
        ),
        side_by_side(
            f"{what} alone, not runnable",
            lambda: _loaded(ours),
            lambda: _loaded(alone),
            aim="-",
            **loaded,
        ),
        compared(f"snapshot of {count:,} tables, {yardstick}", sizes[0][1], sizes[1][1], "1.5x"),
        _in_megabytes(f"size of that snapshot, {count:,} tables", sizes[0][0], sizes[1][0]),
        _in_megabytes(f"peak memory of loading {count:,} tables", _peak(ours), _peak(bare)),
    ]


def _loaded(build: Callable[[], dg.Definitions]) -> object:
    return build().get_repository_def().asset_graph


def _snapshot(repository: dg.RepositoryDefinition) -> str:
    return dg.serialize_value(RepositorySnap.from_def(repository))


def _peak(build: Callable[[], dg.Definitions]) -> int:
    tracemalloc.start()
    _loaded(build)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _in_megabytes(what: str, ours: int, yardstick: int) -> Measured:
    return Measured(
        what,
        f"{ours / 1e6:,.1f} MB",
        f"{yardstick / 1e6:,.1f} MB",
        f"{ours / yardstick:.2f}x",
        "1.5x",
    )


def _run(
    definitions: dg.Definitions,
    name: str,
    instance: dg.DagsterInstance,
    config: dict[str, object] | None = None,
) -> float:
    job = definitions.resolve_job_def(name)
    quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
    return seconds(
        lambda: job.execute_in_process(instance=instance, run_config={**quiet, **(config or {})})
    )


def _empty_job() -> dg.JobDefinition:
    @dg.op(out=dg.Out(dg.Nothing))
    def nothing() -> None: ...

    @dg.job(executor_def=dg.in_process_executor)
    def empty() -> None:
        nothing()

    return empty


def _in_ops(specs: Sequence[dg.AssetSpec]) -> dg.Definitions:
    return dg.Definitions(
        assets=[_op(specs[start : start + _PER_OP]) for start in range(0, len(specs), _PER_OP)]
    )


def _op(specs: Sequence[dg.AssetSpec]) -> dg.AssetsDefinition:
    checks = [dg.AssetCheckSpec("schema_drift", asset=spec.key) for spec in specs]

    @dg.multi_asset(name=specs[0].key.path[-1], specs=specs, check_specs=checks, can_subset=True)
    def op():  # noqa: ANN202 - Dagster reads an annotation as the outputs
        for spec in specs:
            passed = dg.AssetCheckResult(passed=True, check_name="schema_drift", asset_key=spec.key)
            yield dg.MaterializeResult(asset_key=spec.key, check_results=[passed])

    return op


def _specs(count: int) -> list[dg.AssetSpec]:
    columns = [dg.TableColumn(f"c{number}", "String") for number in range(COLUMNS)]
    return [
        dg.AssetSpec(
            dg.AssetKey(["clickhouse", "bench", f"t{number:05}"]),
            kinds={"clickhouse"},
            skippable=True,
            metadata={"dagster/column_schema": dg.TableSchema(columns)},
        )
        for number in range(count)
    ]
