"""Reconcile the shop with all three life cycles, and show what differs before and after."""

import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console

from example_project.models import Review
from example_project.project import project
from example_project.yesterday import make_yesterday
from moose_dagster import (
    Options,
    PlanResult,
    RunCallbacks,
    load_messages,
    plan_for,
    reconcile,
    replay_messages,
)
from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, connect
from moose_dagster.clients.kafka import Kafka, KafkaAddress, connect_kafka
from moose_dagster.embedded import running
from moose_dagster.plan.policy import Verdict
from moose_dagster.report.console import print_plan, print_rows
from moose_dagster.report.rows import started_words
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.topics import TopicId

_DATA = Path(".demo")


def main() -> int:
    """Run the demo and return the exit code."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    shutil.rmtree(_DATA, ignore_errors=True)
    with console.status("Starting the embedded servers ..."), running(_DATA) as servers:
        console.print(
            f"ClickHouse answers at {servers.clickhouse_url}, "
            f"Kafka at {servers.kafka_bootstrap_servers}."
        )
        console.print(f"Their data is in {_DATA}/.")
        address = ClickHouseAddress.from_url(servers.clickhouse_url)
        cluster = servers.kafka_bootstrap_servers
        with connect(address) as clickhouse, connect_kafka(KafkaAddress(cluster)) as kafka:
            console.rule(
                "1. Yesterday: tables with rows and topics with messages, some externally managed"
            )
            make_yesterday(clickhouse, kafka, cluster)
            return _demonstrate(console, clickhouse, kafka)


def _demonstrate(console: Console, clickhouse: ClickHouse, kafka: Kafka) -> int:
    before = _row_counts(clickhouse, kafka)
    options = Options(prune=True)
    console.print(
        f"{counted(len(before), 'resource')} with {sum(before.values()):,} rows and messages."
    )

    console.rule("2. Today's code, compared: nothing is written yet")
    print_plan(console, plan_for(project, clickhouse, options, kafka=kafka).plan)

    console.rule("3. Applied, as far as each life cycle allows")
    outcome = reconcile(
        project,
        clickhouse,
        options,
        kafka=kafka,
        callbacks=RunCallbacks(started=lambda action: console.print(f"  {started_words(action)}")),
    )
    for result in outcome.failures:
        console.print(f"FAILED {result.action.resource}: {result.error}")
    print_rows(console, before, _row_counts(clickhouse, kafka))
    _show_trash(console, clickhouse, options)

    console.rule("4. Compared again: only blocked changes and drift are left")
    after = plan_for(project, clickhouse, options, kafka=kafka)
    print_plan(console, after.plan)

    console.rule("5. Messages become rows, and a broken one waits in its dead letter queue")
    _load(console, clickhouse, kafka)
    return _verdict(console, outcome.failures, after)


def _load(console: Console, clickhouse: ClickHouse, kafka: Kafka) -> None:
    with kafka.writer() as writer:
        for number in range(3):
            review = Review(product=f"p{number}", written_at=datetime.now(timezone.utc), stars=5)
            writer.write("reviews", review.model_dump_json(by_alias=True).encode())
        writer.write("reviews", b'{"product": "p3", "stars": "many"}')
        writer.flush()
    result = load_messages(project, clickhouse, kafka)
    for part in result.partitions:
        loaded = f"{counted(part.loaded, 'message')} loaded, {part.rejected} rejected"
        console.print(f"  {part.topic}/{part.partition} into {part.table}: {loaded}")
    for queue in replay_messages(project, clickhouse, kafka).queues:
        for error in queue.errors:
            console.print(f"  waits in {queue.queue}: {error}")


def _show_trash(console: Console, clickhouse: ClickHouse, options: Options) -> None:
    entries = clickhouse.query(
        "SELECT name, total_rows FROM system.tables WHERE database = %(trash)s ORDER BY name",
        {"trash": options.trash_database},
    )
    for name, rows in entries:
        console.print(
            f"  kept in the trash: {options.trash_database}.{name}, {counted(rows, 'row')}"
        )


def _row_counts(clickhouse: ClickHouse, kafka: Kafka) -> dict[ResourceId, int]:
    """Return the rows of every table and the messages of every topic."""
    rows = clickhouse.query(
        "SELECT database, name, total_rows FROM system.tables "
        "WHERE database = 'shop' AND isNotNull(total_rows)"
    )
    counts: dict[ResourceId, int] = {
        TableId(database, name): int(count) for database, name, count in rows
    }
    spans = kafka.spans(
        {name: layout.partitions for name, layout in kafka.layouts().found.items()}
    ).found
    for name, found in spans.items():
        counts[TopicId(name)] = sum(span.end - span.start for span in found)
    return counts


def _verdict(console: Console, failures: object, after: PlanResult) -> int:
    left = after.plan.with_verdict(Verdict.APPLY)
    if failures or left:
        console.print("[bold red]Something that should have been applied was not.[/]")
        return 1
    console.print("[bold green]Everything allowed was applied; no stored data was lost.[/]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
