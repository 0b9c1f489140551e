"""The shop's topics, as the code wants them today."""

from example_project.models import Click, OrderEvent, PaymentEvent, Review
from example_project.tables import payments, visits
from moose_dagster import (
    IngestPipeline,
    IngestPipelineConfig,
    LifeCycle,
    OlapConfig,
    Stream,
    StreamConfig,
)

_DAY = 24 * 60 * 60

clicks = Stream[Click](
    "clicks", StreamConfig(parallelism=4, retention_period=7 * _DAY, destination=visits)
)

order_events = Stream[OrderEvent](
    "order-events",
    StreamConfig(
        retention_period=_DAY,
        topic_config={"compression.type": "zstd"},
        life_cycle=LifeCycle.DELETION_PROTECTED,
    ),
)

payment_events = Stream[PaymentEvent](
    "payment-events",
    StreamConfig(parallelism=6, destination=payments, life_cycle=LifeCycle.EXTERNALLY_MANAGED),
)

reviews = IngestPipeline[Review](
    "reviews",
    IngestPipelineConfig(
        table=OlapConfig(order_by_fields=["product", "written_at"]),
        stream=StreamConfig(parallelism=2),
        life_cycle=LifeCycle.DELETION_PROTECTED,
    ),
)
