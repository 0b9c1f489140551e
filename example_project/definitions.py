"""What Dagster loads; nothing connects before something runs."""

import dagster as dg

from example_project.project import project
from moose_dagster.orchestration import ClickHouseResource, KafkaResource, build_definitions

defs = build_definitions(
    project,
    clickhouse=ClickHouseResource(
        host=dg.EnvVar("CLICKHOUSE_HOST"),
        port=dg.EnvVar.int("CLICKHOUSE_PORT"),
        username=dg.EnvVar("CLICKHOUSE_USER"),
        password=dg.EnvVar("CLICKHOUSE_PASSWORD"),
    ),
    kafka=KafkaResource(bootstrap_servers=dg.EnvVar("KAFKA_BOOTSTRAP_SERVERS")),
)
