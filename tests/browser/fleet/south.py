"""The same fleet on a server of its own, in a code location of its own."""

import dagster as dg
from browser.fleet.environments import definitions_of

from moose_dagster.orchestration import ClickHouseResource

defs = definitions_of(
    "south",
    ClickHouseResource(host="127.0.0.1", port=dg.EnvVar.int("SOUTH_CLICKHOUSE_PORT")),
)
