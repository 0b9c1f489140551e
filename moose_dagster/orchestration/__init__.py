"""The only package that imports Dagster: assets, checks, jobs and schedules over a project."""

from dagster_shared.libraries import DagsterLibraryRegistry

from moose_dagster import __version__
from moose_dagster.orchestration.automation import on_deploy
from moose_dagster.orchestration.checks import DriftChecks
from moose_dagster.orchestration.component import MooseDagsterComponent
from moose_dagster.orchestration.definitions import AssetSpecFor, build_definitions
from moose_dagster.orchestration.keys import asset_key_for
from moose_dagster.orchestration.resources import ClickHouseResource, KafkaResource
from moose_dagster.orchestration.sensors import Drift, build_drift_sensor, build_unreachable_sensor
from moose_dagster.orchestration.settings import DefinitionsSettings

# Dagster shows it among the libraries of a code location.
DagsterLibraryRegistry.register("moose-dagster", __version__, is_dagster_package=False)

__all__ = [
    "AssetSpecFor",
    "ClickHouseResource",
    "DefinitionsSettings",
    "Drift",
    "DriftChecks",
    "KafkaResource",
    "MooseDagsterComponent",
    "asset_key_for",
    "build_definitions",
    "build_drift_sensor",
    "build_unreachable_sensor",
    "on_deploy",
]
