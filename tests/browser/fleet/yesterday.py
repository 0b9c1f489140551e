"""What the servers held before today's code of the fleet."""

from dataclasses import dataclass
from typing import Any

from browser.fleet.environments import ENVIRONMENTS
from pydantic import BaseModel

from moose_dagster import (
    Environment,
    Key,
    LifeCycle,
    OlapConfig,
    OlapTable,
    Options,
    Project,
    reconcile,
)
from moose_dagster.clients.clickhouse import ConnectedClickHouse

OPTIONS = Options(ledger_database="fleet_ledger", trash_database="fleet_trash")


class Parcel(BaseModel):
    parcel_id: Key[int]
    weight: float


class Route(BaseModel):
    number: Key[int]
    city: str


@dataclass
class Fleet:
    """The databases of the fleet on one server."""

    clickhouse: ConnectedClickHouse

    def make_yesterday(self) -> None:
        """Bring them back to yesterday, whatever has happened since."""
        for database in ("fleet_ledger", *(f"fleet_{name}" for name in ENVIRONMENTS)):
            self.clickhouse.command(f"DROP DATABASE IF EXISTS {database} SYNC")
        protected = OlapConfig(life_cycle=LifeCycle.DELETION_PROTECTED)
        tables = [OlapTable[Parcel]("parcels", protected), OlapTable[Route]("routes")]
        for name in ENVIRONMENTS:
            environment = Environment(name, database_suffix=f"_{name}")
            project = Project("fleet", tables, database="fleet", environment=environment)
            reconcile(project, self.clickhouse, OPTIONS)
            self.clickhouse.command(
                f"INSERT INTO fleet_{name}.parcels SELECT number, 1.5 FROM numbers(100)"
            )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.clickhouse.query(sql)]

    def columns(self, environment: str) -> list[str]:
        """Return the names of the live columns of the parcels of an environment."""
        return [name for name, *_ in self.rows(f"DESCRIBE TABLE fleet_{environment}.parcels")]
