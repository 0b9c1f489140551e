import asyncio

from confluent_kafka.admin import AdminClient

from moose_dagster.embedded.kafka import KafkaBroker


def test_the_broker_runs_inside_an_existing_event_loop(tmp_path):
    async def serve():
        broker = KafkaBroker(tmp_path / "data")
        await broker.start()
        admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
        metadata = await asyncio.to_thread(admin.list_topics, timeout=10)
        await broker.stop()
        return broker.bootstrap_servers, [
            (node.host, node.port) for node in metadata.brokers.values()
        ]

    address, nodes = asyncio.run(serve())

    assert [f"{host}:{port}" for host, port in nodes] == [address]
