"""Measure a no-op plan of 200 tables against Alembic's autogenerate on the same tables."""

import clickhouse_connect.cc_sqlalchemy.alembic  # noqa: F401 - makes the dialect known to Alembic
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from rich.console import Console
from sqlalchemy import MetaData, create_engine

from benchmarks.measure import Measured, compared, median, seconds
from benchmarks.tables import COLUMNS, project
from moose_dagster import plan_for, reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect

TABLES = 200
_DATABASE = "autogenerate"


def measure(url: str, console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    console.print(f"{TABLES:,} tables: no-op plan, and Alembic's autogenerate ...")
    address = ClickHouseAddress.from_url(url)
    desired = project(_DATABASE, COLUMNS, TABLES)
    engine = create_engine(
        f"clickhousedb://{address.username}@{address.host}:{address.port}/{_DATABASE}"
    )
    with connect(address) as clickhouse:
        reconcile(desired, clickhouse)
        with engine.connect() as connection:
            metadata = MetaData()
            metadata.reflect(connection)
            context = MigrationContext.configure(connection)

            def autogenerate() -> None:
                assert compare_metadata(context, metadata) == []  # noqa: S101 - else it measures something else

            theirs = seconds(autogenerate)

        def plan() -> None:
            assert plan_for(desired, clickhouse).plan.steps == ()  # noqa: S101 - as above

        ours = median([seconds(plan) for _ in range(5)])
    engine.dispose()
    what = f"no-op plan of {TABLES:,} tables against Alembic's autogenerate"
    return [compared(what, ours, theirs, "0.1x")]
