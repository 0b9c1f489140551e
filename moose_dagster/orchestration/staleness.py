"""What Dagster compares to call an asset out of sync: versions of schema, code and sources."""

from collections.abc import Mapping

import dagster as dg

from moose_dagster.plan.steps import fingerprint_of
from moose_dagster.reconciliation import PlanResult
from moose_dagster.state.names import ResourceId

_DATA_VERSION = "dagster/data_version"
_INPUT_VERSION = "dagster/input_data_version/"
_INPUT_POINTER = "dagster/input_event_pointer/"
_VERSIONS = (_DATA_VERSION, _INPUT_VERSION, _INPUT_POINTER, "dagster/code_version")
# Dagster's words for an asset that was never observed or materialized.
_NEVER_RECORDED = "INITIAL"
_NO_EVENT = "NULL"


def live_version(plan_result: PlanResult, resource: ResourceId) -> str:
    """Return the data version of a resource: the fingerprint of its live schema."""
    return fingerprint_of([plan_result.live.get(resource)])


def input_tags(instance: dg.DagsterInstance, spec: dg.AssetSpec) -> dict[str, str]:
    """Return the tags that name the version and the last event of each source of an asset."""
    tags = dict[str, str]()
    for dep in spec.deps:
        record = _latest_record(instance, dep.asset_key)
        name = dep.asset_key.to_user_string()
        tags[f"{_INPUT_VERSION}{name}"] = _version_in(record)
        tags[f"{_INPUT_POINTER}{name}"] = str(record.storage_id) if record else _NO_EVENT
    return tags


def recorded_tags(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, str]:
    """Return the versions that the last record of an asset names.

    An event about its rows needs them, because Dagster takes one without them for another version.
    """
    tags = _tags_of(_latest_record(instance, key))
    return {name: tag for name, tag in tags.items() if name.startswith(_VERSIONS)}


def version_tags(plan_result: PlanResult, resource: ResourceId) -> dict[str, str]:
    """Return the tag that every observation of an external resource needs.

    Dagster takes an observation without a version for another version of the asset.
    """
    return {_DATA_VERSION: live_version(plan_result, resource)}


def was_seen_otherwise(
    instance: dg.DagsterInstance, key: dg.AssetKey, plan_result: PlanResult, resource: ResourceId
) -> bool:
    """Whether the last observation of an external asset names another version, or none."""
    records = instance.fetch_observations(key, limit=1).records
    seen = _version_in(records[0]) if records else _NEVER_RECORDED
    return seen != live_version(plan_result, resource)


def has_other_inputs(instance: dg.DagsterInstance, spec: dg.AssetSpec) -> bool:
    """Whether the last record of an asset names other versions of its sources than they have."""
    record = _latest_record(instance, spec.key)
    recorded = _versions_of(_tags_of(record))
    return recorded != _versions_of(input_tags(instance, spec))


def _versions_of(tags: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in tags.items() if name.startswith(_INPUT_VERSION)}


def _latest_record(instance: dg.DagsterInstance, key: dg.AssetKey) -> dg.EventLogRecord | None:
    """Return the last materialization of an asset, or else its last observation."""
    for records in (
        instance.fetch_materializations(key, limit=1).records,
        instance.fetch_observations(key, limit=1).records,
    ):
        if records:
            return records[0]
    return None


def _version_in(record: dg.EventLogRecord | None) -> str:
    return _tags_of(record).get(_DATA_VERSION, _NEVER_RECORDED)


def _tags_of(record: dg.EventLogRecord | None) -> Mapping[str, str]:
    if record is None:
        return {}
    event = record.asset_materialization or record.asset_observation
    return event.tags if event and event.tags else {}
