"""Dagster definitions of 1,000 resources against the same number of bare AssetSpecs."""

from collections.abc import Callable

import dagster as dg
from rich.console import Console

from benchmarks.measure import Measured, side_by_side
from benchmarks.tables import COLUMNS, TABLES, project
from moose_dagster.orchestration import ClickHouseResource, build_definitions


def measure(console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    console.print(f"Dagster definitions of {TABLES:,} tables ...")
    wanted = project("bench", COLUMNS)

    def ours() -> object:
        return _loaded(lambda: build_definitions(wanted, clickhouse=ClickHouseResource(host="127.0.0.1")))

    return [
        side_by_side(
            f"load of {TABLES:,} tables against bare AssetSpecs with the same columns",
            ours,
            lambda: _loaded(_bare),
            aim="1.5x",
            rounds=3,
        )
    ]


def _loaded(build: Callable[[], dg.Definitions]) -> object:
    return build().get_repository_def().asset_graph


def _bare() -> dg.Definitions:
    columns = [dg.TableColumn(f"c{number}", "String") for number in range(COLUMNS)]
    return dg.Definitions(
        assets=[
            dg.AssetSpec(
                dg.AssetKey(["clickhouse", "bench", f"t{number:05}"]),
                kinds={"clickhouse"},
                metadata={"dagster/column_schema": dg.TableSchema(columns)},
            )
            for number in range(TABLES)
        ]
    )
