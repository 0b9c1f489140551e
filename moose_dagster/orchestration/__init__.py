"""The only package that imports Dagster: assets, checks, jobs and schedules over a project."""

from moose_dagster.orchestration.component import MooseDagsterComponent
from moose_dagster.orchestration.definitions import AssetSpecFor, Behaviour, build_definitions
from moose_dagster.orchestration.resources import ClickHouseResource, KafkaResource

__all__ = [
    "AssetSpecFor",
    "Behaviour",
    "ClickHouseResource",
    "KafkaResource",
    "MooseDagsterComponent",
    "build_definitions",
]
