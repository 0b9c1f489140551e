"""The corpus: CREATE statements in many spellings, with the settings they are sent with."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from moose_dagster.clients.clickhouse import ConnectedClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId

NEWEST = (26, 9)
_FOLDER = Path(__file__).parent / "corpus"
_SETTINGS = "-- SETTINGS "
_SYSTEM_TABLES = """
SELECT name, engine, engine_full, sorting_key, primary_key, partition_key, sampling_key, comment,
    create_table_query
FROM system.tables WHERE database = %(database)s"""
_SYSTEM_COLUMNS = """
SELECT table, name, type, position, default_kind, default_expression, comment, compression_codec,
    is_in_partition_key, is_in_sorting_key, is_in_primary_key, is_in_sampling_key
FROM system.columns WHERE database = %(database)s ORDER BY table, position"""


@dataclass(frozen=True)
class Statement:
    """One CREATE, in a database called shop."""

    sql: str
    settings: dict[str, str]


def statements() -> Iterator[Statement]:
    """Yield every statement of the corpus."""
    for file in sorted(_FOLDER.glob("*.sql")):
        yield from statements_in(file)


def statements_in(file: Path) -> Iterator[Statement]:
    """Yield the statements of a file, which blank lines separate."""
    for block in file.read_text().split("\n\n"):
        lines = block.strip().splitlines()
        sql = "\n".join(line for line in lines if not line.startswith("--"))
        written_settings = next(
            (line for line in lines if line.startswith(_SETTINGS)), ""
        ).removeprefix(_SETTINGS)
        if sql:
            yield Statement(
                sql, dict(pair.split("=") for pair in written_settings.split(", ") if pair)
            )


class Shop:
    """A database with every table of the corpus that *version* takes; `refused` has the others."""

    def __init__(self, clickhouse: ConnectedClickHouse, version: tuple[int, int]) -> None:
        self.clickhouse = clickhouse
        self.version = version
        self.refused = list[ServerError]()
        self.database = f"shop_{uuid4().hex[:10]}"
        clickhouse.command(f"CREATE DATABASE {self.database} ENGINE = Atomic")
        for statement in statements():
            sql = statement.sql.replace("shop.", f"{self.database}.").replace(
                "(shop,", f"({self.database},"
            )
            self._create(sql.replace("'shop'", f"'{self.database}'"), statement.settings)

    def _create(self, sql: str, settings: dict[str, str]) -> None:
        try:
            self.clickhouse.command(sql, settings)
        except ServerError as error:
            if self.version >= NEWEST:
                raise
            self.refused.append(error)

    def facets(self) -> dict[str, list[tuple[object, ...]]]:
        """Return everything the server says of each table: its own row, then one of each column."""
        parameters = {"database": self.database}
        found = {row[0]: [tuple(row)] for row in self.clickhouse.query(_SYSTEM_TABLES, parameters)}
        for table, *row in self.clickhouse.query(_SYSTEM_COLUMNS, parameters):
            found[table].append(tuple(row))
        return found

    def drop(self) -> None:
        """Drop every table."""
        for name in self.facets():
            self.clickhouse.command(f"DROP TABLE {quoted_table(TableId(self.database, name))} SYNC")
