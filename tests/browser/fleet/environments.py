"""One project in three environments on one server, with the keys of a region."""

import dagster as dg
from pydantic import BaseModel

from moose_dagster import Environment, Key, LifeCycle, OlapConfig, OlapTable, Project
from moose_dagster.orchestration import (
    ClickHouseResource,
    DefinitionsSettings,
    build_definitions,
)

ENVIRONMENTS = ("dev", "staging", "prod")
BYTES_PER_SECOND = 100_000  # so slow that somebody can terminate a rebuild in its middle


class Parcel(BaseModel):
    """What is sent; `weight` left the code, and `size` is new."""

    parcel_id: Key[int]
    size: float | None


class Route(BaseModel):
    """How it goes; yesterday the rows were sorted by their number."""

    number: int
    city: str


parcels = OlapTable[Parcel]("parcels", OlapConfig(life_cycle=LifeCycle.DELETION_PROTECTED))
routes = OlapTable[Route]("routes", OlapConfig(order_by_fields=["city", "number"]))
fleet = Project(
    "fleet",
    [parcels, routes],
    database="fleet",
    environments=[Environment(name, database_suffix=f"_{name}") for name in ENVIRONMENTS],
)


def definitions_of(region: str, clickhouse: ClickHouseResource) -> dg.Definitions:
    """Return the three environments of the server of a region."""
    return dg.Definitions.merge(
        *(
            build_definitions(
                fleet,
                environment=name,
                key_prefix=[region, name],
                clickhouse=clickhouse,
                settings=DefinitionsSettings(
                    clickhouse_key=f"clickhouse_{name}",
                    job_prefix=f"{name}",
                    reconcile_cron="* * * * *",
                ),
            )
            for name in ENVIRONMENTS
        )
    )
