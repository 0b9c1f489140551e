"""The corpus: CREATE statements in many spellings, with the settings they are sent with."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from moose_dagster.clients.clickhouse import ConnectedClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId

NEWEST = (26, 9)
_FOLDER = Path(__file__).parent / "corpus"
_SETTINGS = "-- SETTINGS "
_WORD = re.compile(r"[^\s(),]+")
_TEXTS = (2, 8)  # engine_full, create_table_query
_KEYS = (3, 4, 5, 6)
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
    yield from statements_of(file.read_text())


def statements_of(text: str) -> Iterator[Statement]:
    """Yield the statements of a text, which blank lines separate."""
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        sql = "\n".join(line for line in lines if not line.startswith("--"))
        written_settings = next(
            (line for line in lines if line.startswith(_SETTINGS)), ""
        ).removeprefix(_SETTINGS)
        if sql:
            yield Statement(
                sql, dict(pair.split("=") for pair in written_settings.split(", ") if pair)
            )


def in_database(sql: str, database: str) -> str:
    """Return a statement for the database *database* in place of shop."""
    moved = sql.replace("shop.", f"{database}.").replace("(shop,", f"({database},")
    return moved.replace("'shop'", f"'{database}'")


def facets_of(clickhouse: ConnectedClickHouse, database: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything the server says of each table: its own row, then one of each column."""
    parameters = {"database": database}
    found = {row[0]: [tuple(row)] for row in clickhouse.query(_SYSTEM_TABLES, parameters)}
    for table, *row in clickhouse.query(_SYSTEM_COLUMNS, parameters):
        found[table].append(tuple(row))
    return found


def comparable_facets_of(clickhouse: ConnectedClickHouse, database: str) -> dict[str, list[Any]]:
    """Return what the server says of each table, whatever the database and the spelling.

    The server keeps the brackets, the order of settings and the place of an index that a statement
    was sent with: the texts of statements are compared as sorted words. Keys and columns have
    fields and rows of their own, where order counts.
    """
    found = dict[str, list[Any]]()
    for name, rows in facets_of(clickhouse, database).items():
        if not name.startswith(".inner"):
            moved = [moved_to_shop(row, database) for row in rows]
            for position in _TEXTS:
                moved[0][position] = sorted(_WORD.findall(moved[0][position]))
            for position in _KEYS:
                moved[0][position] = _WORD.findall(moved[0][position])
            found[name] = moved
    return found


def moved_to_shop(row: Sequence[Any], database: str) -> list[Any]:
    """Return *row* as it would be of the database shop."""
    return [it.replace(database, "shop") if isinstance(it, str) else it for it in row]


def census(line: str) -> None:
    """Print a line of what was tried, which `pytest -s` shows."""
    print(f"\n{line}")  # noqa: T201 - it is what the run is for


class Shop:
    """A database with every table of the corpus that *version* takes; `refused` has the others."""

    def __init__(self, clickhouse: ConnectedClickHouse, version: tuple[int, int]) -> None:
        self.clickhouse = clickhouse
        self.version = version
        self.refused = list[ServerError]()
        self.database = f"shop_{uuid4().hex[:10]}"
        clickhouse.command(f"CREATE DATABASE {self.database} ENGINE = Atomic")
        for statement in statements():
            self._create(in_database(statement.sql, self.database), statement.settings)

    def _create(self, sql: str, settings: dict[str, str]) -> None:
        try:
            self.clickhouse.command(sql, settings)
        except ServerError as error:
            if self.version >= NEWEST:
                raise
            self.refused.append(error)

    def facets(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything the server says of each table."""
        return facets_of(self.clickhouse, self.database)

    def drop(self) -> None:
        """Drop every table."""
        for name in self.facets():
            self.clickhouse.command(f"DROP TABLE {quoted_table(TableId(self.database, name))} SYNC")
