"""The same platform without components: what `workspace.yaml` loads."""

import dagster as dg

from moose_dagster.orchestration import ClickHouseResource, KafkaResource, build_definitions
from warehouse.declarations import project
from warehouse.reports import daily_report, orders_are_fresh, refunds

clickhouse = ClickHouseResource(
    host=dg.EnvVar("CLICKHOUSE_HOST"), port=dg.EnvVar.int("CLICKHOUSE_PORT")
)
kafka = KafkaResource(bootstrap_servers=dg.EnvVar("KAFKA_BOOTSTRAP_SERVERS"))

defs = dg.Definitions.merge(
    build_definitions(project, clickhouse=clickhouse, kafka=kafka),
    # The same resource objects, for assets that read through them, and an executor of the
    # platform's choice.
    dg.Definitions(
        assets=[daily_report, refunds],
        asset_checks=[orders_are_fresh],
        resources={"moose_clickhouse": clickhouse},
        executor=dg.in_process_executor,
    ),
)
