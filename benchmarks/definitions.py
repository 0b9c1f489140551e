"""Dagster definitions of 1,000 resources against the same number of bare AssetSpecs."""

from collections.abc import Callable, Sequence

import dagster as dg
from rich.console import Console

from benchmarks.measure import Measured, side_by_side
from benchmarks.tables import COLUMNS, TABLES, project
from moose_dagster.orchestration import ClickHouseResource, build_definitions

_PER_OP = 250


def measure(console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    console.print(f"Dagster definitions of {TABLES:,} tables ...")
    wanted = project("bench", COLUMNS)
    clickhouse = ClickHouseResource(host="127.0.0.1")

    def ours() -> object:
        return _loaded(lambda: build_definitions(wanted, clickhouse=clickhouse))

    what = f"definitions of {TABLES:,} tables against bare AssetSpecs"
    return [
        side_by_side(f"{what} in ops with a check each", ours, lambda: _loaded(_in_ops), aim="1.5x"),
        side_by_side(f"{what} alone, not runnable", ours, lambda: _loaded(_alone), aim="-"),
    ]


def _loaded(build: Callable[[], dg.Definitions]) -> object:
    return build().get_repository_def().asset_graph


def _alone() -> dg.Definitions:
    return dg.Definitions(assets=_specs())


def _in_ops() -> dg.Definitions:
    specs = _specs()
    return dg.Definitions(assets=[_op(specs[start : start + _PER_OP]) for start in range(0, len(specs), _PER_OP)])


def _op(specs: Sequence[dg.AssetSpec]) -> dg.AssetsDefinition:
    checks = [dg.AssetCheckSpec("schema_drift", asset=spec.key) for spec in specs]

    @dg.multi_asset(name=specs[0].key.path[-1], specs=specs, check_specs=checks, can_subset=True)
    def op():  # noqa: ANN202 - Dagster reads an annotation as the outputs
        ...

    return op


def _specs() -> list[dg.AssetSpec]:
    columns = [dg.TableColumn(f"c{number}", "String") for number in range(COLUMNS)]
    return [
        dg.AssetSpec(
            dg.AssetKey(["clickhouse", "bench", f"t{number:05}"]),
            kinds={"clickhouse"},
            skippable=True,
            metadata={"dagster/column_schema": dg.TableSchema(columns)},
        )
        for number in range(TABLES)
    ]
