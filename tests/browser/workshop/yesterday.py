"""What the server held before today's code of the workshop."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from moose_dagster import Key, OlapTable, Options, Project, reconcile
from moose_dagster.clients.clickhouse import ConnectedClickHouse

_DATABASES = ("workshop", "workshop_ledger", "workshop_trash")
_OPTIONS = Options(ledger_database="workshop_ledger", trash_database="workshop_trash")


class Repair(BaseModel):
    """Repairs before they had a price, and when there was still a remark."""

    repair_id: Key[int]
    item: str
    opened_at: datetime
    remark: str


@dataclass
class Workshop:
    """The workshop's databases."""

    clickhouse: ConnectedClickHouse

    def make_yesterday(self) -> None:
        """Bring them back to yesterday, whatever has happened since."""
        for database in _DATABASES:
            self.clickhouse.command(f"DROP DATABASE IF EXISTS {database} SYNC")
        project = Project("workshop", [OlapTable[Repair]("repairs")], database="workshop")
        reconcile(project, self.clickhouse, _OPTIONS)
        self.clickhouse.command(
            "INSERT INTO workshop.repairs SELECT number, 'bike', now(), 'fast' FROM numbers(250)"
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.clickhouse.query(sql)]

    def columns(self) -> list[str]:
        """Return the names of the live columns of its one table."""
        return [name for name, *_ in self.rows("DESCRIBE TABLE workshop.repairs")]

    def everything(self) -> list[tuple[Any, ...]]:
        """Return its tables, those of its ledger and its trash, with schema and number of rows."""
        return self.rows(
            "SELECT database, name, create_table_query, total_rows FROM system.tables "
            f"WHERE database IN {_DATABASES} ORDER BY ALL"
        )

    def kept_remarks(self) -> int:
        """Return how many remarks are still in the trash."""
        ((table,),) = self.rows("SELECT name FROM system.tables WHERE database = 'workshop_trash'")
        return self.rows(f"SELECT countIf(remark = 'fast') FROM workshop_trash.`{table}`")[0][0]
