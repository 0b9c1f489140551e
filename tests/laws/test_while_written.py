"""A law about writers: what is acknowledged during a run is in a table or the trash."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError
from hypothesis import given
from hypothesis import strategies as st
from laws.examples import LAW
from laws.test_rows import Fate, declared, make, sql, tables, value_of
from meanwhile import meanwhile
from scenarios.database import DP, FM, TestDatabase

from moose_dagster import LifeCycle, Options, reconcile
from moose_dagster.errors import ServerError

batches = st.lists(tables, min_size=3, max_size=3)
FIRST_ID = 1_000


class Writer:
    """Inserts into tables until it is stopped, and remembers what was acknowledged.

    Attributes:
        db: The database.
        columns: The columns of each table, by the name of the table.
        uuids: Which table each of them is; nothing is written to another one of that name, whose
            types may be others.
        written: Table, id, number of the column and text of each value.
    """

    def __init__(self, db: TestDatabase, columns: dict[str, Sequence[Fate]]) -> None:
        self.db = db
        self.columns = columns
        self.uuids = {name: self._uuid(name) for name in columns}
        self.written = set[tuple[str, int, int, str]]()

    def write(self, stopped: threading.Event) -> None:
        id_ = FIRST_ID
        with self.db.clickhouse.connected.another() as connection:
            while not stopped.is_set():
                for name, columns in self.columns.items():
                    # A column may have another name by now.
                    with suppress(ServerError, ClickHouseError):
                        self._insert(connection, name, columns, id_)
                id_ += 1

    def _insert(self, connection: Any, name: str, columns: Sequence[Fate], id_: int) -> None:
        names = ["id", "ts", *(f"c{number}" for number in range(len(columns)))]
        values = [value_of(fate.live, id_ + number) for number, fate in enumerate(columns)]
        texts = [f"toString([{value}])" for value in values]
        shown = connection.query(f"SELECT {', '.join(texts)}")[0]
        rows = f"SELECT {id_}, now() - INTERVAL {id_ % 5} DAY, {', '.join(values)}"
        same = (
            f"(SELECT toString(uuid) FROM system.tables WHERE database = '{self.db.database}' "
            f"AND name = '{name}') = '{self.uuids[name]}'"
        )
        answer = connection.client.command(
            f"INSERT INTO {self.db.database}.{name} ({', '.join(names)}) {rows} WHERE {same}"
        )
        if answer.written_rows:
            self.written |= {(name, id_, number, text) for number, text in enumerate(shown)}

    def _uuid(self, name: str) -> str:
        return self.db.value(
            "SELECT toString(uuid) FROM system.tables "
            f"WHERE database = '{self.db.database}' AND name = '{name}'"
        )


def found(db: TestDatabase, name: str, columns: Sequence[Fate]) -> Iterator[tuple[Any, ...]]:
    """Yield each value that table *name* and the trash have, in the form of `Writer.written`."""
    trash = db.options["trash_database"]
    places = db.rows(
        f"SELECT database, name FROM system.tables WHERE (database = '{db.database}' AND "
        f"name = '{name}') OR (database = '{trash}' AND "
        f"startsWith(name, '{db.database}__{name}__'))"
    )
    for database, table in places:
        live = {row[0] for row in db.rows(f"DESCRIBE TABLE `{database}`.`{table}`")}
        for number, fate in enumerate(columns):
            for column in {f"c{number}", f"r{number}"} & live:
                text = f"toString([CAST({column}, {sql(fate.live)})])"
                # What can't be converted back is not as it was.
                with suppress(ServerError):
                    yield from (
                        (name, id_, number, value)
                        for id_, value in db.rows(
                            f"SELECT id, {text} FROM `{database}`.`{table}` WHERE id >= {FIRST_ID}"
                        )
                    )


@pytest.mark.parametrize("life_cycle", [DP, FM])
@LAW
@given(batches)
def test_what_is_acknowledged_during_a_run_is_in_the_table_or_the_trash(
    connected: Any, life_cycle: LifeCycle, batch: list[Any]
):
    db = TestDatabase(connected)
    for number, (columns, made_of_first, *_) in enumerate(batch):
        make(db, f"t{number}", columns, made_of_first)
    writer = Writer(db, {f"t{number}": table[0] for number, table in enumerate(batch)})
    project = db.project(
        *(declared(f"t{number}", table, life_cycle) for number, table in enumerate(batch))
    )

    with meanwhile(writer.write):
        reconcile(project, db.clickhouse, Options(**db.options, adopt=True))
    for number in range(len(batch)):
        db.raw(f"OPTIMIZE TABLE shop.t{number} FINAL")

    assert writer.written
    left = {value for name, columns in writer.columns.items() for value in found(db, name, columns)}
    assert writer.written - left == set()
