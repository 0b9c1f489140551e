"""The fleet on the server that `make ui` starts."""

import dagster as dg
from browser.fleet.environments import BYTES_PER_SECOND, definitions_of

from moose_dagster.orchestration import ClickHouseResource

defs = definitions_of(
    "north",
    ClickHouseResource(
        host=dg.EnvVar("CLICKHOUSE_HOST"),
        port=dg.EnvVar.int("CLICKHOUSE_PORT"),
        ledger_database="fleet_ledger",
        trash_database="fleet_trash",
        rebuild_bytes_per_second=BYTES_PER_SECOND,
    ),
)
