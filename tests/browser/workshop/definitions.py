"""A project that asks before anything is lost; Dagster loads it beside the shop."""

from datetime import datetime

import dagster as dg
from pydantic import BaseModel

from moose_dagster import Key, OlapTable, Project
from moose_dagster.orchestration import ClickHouseResource, build_definitions


class Repair(BaseModel):
    """What was brought in; `remark` left the code, `price` is new."""

    repair_id: Key[int]
    item: str
    opened_at: datetime
    price: float | None


repairs = OlapTable[Repair]("repairs")
project = Project("workshop", [repairs], database="workshop", approval=True)
defs = build_definitions(
    project,
    clickhouse=ClickHouseResource(
        host=dg.EnvVar("CLICKHOUSE_HOST"),
        port=dg.EnvVar.int("CLICKHOUSE_PORT"),
        ledger_database="workshop_ledger",
        trash_database="workshop_trash",
    ),
)
