"""10 M rows: the proof of a type change against reading the column alone."""

from rich.console import Console

from benchmarks.measure import Measured, side_by_side
from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, connect
from moose_dagster.diff.table_changes import ChangeType
from moose_dagster.live.proof import prove
from moose_dagster.live.tables import read_tables
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column

ROWS = 10_000_000
_TABLE = TableId("bench_proofs", "rows")
# Column, its type, how it is filled, the declared type.
_CHANGES = (
    ("whole", "Int64", "toInt64(number)", "Int32"),
    ("maybe", "Nullable(Int64)", "toInt64(number)", "Int64"),
    ("text", "String", "toString(number)", "FixedString(8)"),
    ("price", "Decimal(18, 4)", "number / 100", "Decimal(18, 2)"),
)


def measure(url: str, console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    with connect(ClickHouseAddress.from_url(url)) as clickhouse:
        console.print(f"{ROWS:,} rows: proof of a type change ...")
        _fill(clickhouse)
        return [_measured(clickhouse, *change) for change in _CHANGES]


def _fill(clickhouse: ClickHouse) -> None:
    columns = ", ".join(f"{name} {live}" for name, live, _, _ in _CHANGES)
    values = ", ".join(f"{filled} AS {name}" for name, _, filled, _ in _CHANGES)
    clickhouse.command(f"CREATE DATABASE IF NOT EXISTS {_TABLE.database}")
    clickhouse.command(f"CREATE TABLE {_TABLE} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
    clickhouse.command(f"INSERT INTO {_TABLE} SELECT {values} FROM numbers({ROWS})")


def _measured(clickhouse: ClickHouse, name: str, live: str, _: str, desired: str) -> Measured:
    state = read_tables(clickhouse, {_TABLE}).state
    change = ChangeType(_TABLE, Column(name, live), Column(name, desired))

    def proof() -> None:
        assert prove(clickhouse, [change], state)[_TABLE][name].error == ""  # noqa: S101 - else it measures less

    def scan() -> None:
        clickhouse.query(f"SELECT sum(cityHash64({name})) FROM {_TABLE}")

    return side_by_side(
        f"{ROWS:,} rows: proof of {live} -> {desired} against a scan that hashes it",
        proof,
        scan,
        aim="1.5x",
    )
