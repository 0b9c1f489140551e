"""DescribeConfigs, AlterConfigs and IncrementalAlterConfigs."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from kafka.protocol.admin.configs import (
    AlterConfigsRequest,
    AlterConfigsResponse,
    DescribeConfigsRequest,
    DescribeConfigsResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
)

from moose_dagster.embedded.kafka import topic_configs, topic_names
from moose_dagster.embedded.kafka.broker_configs import BROKER_CONFIGS
from moose_dagster.embedded.kafka.config_changes import Change, changed
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.state import NODE_ID, BrokerState, Call
from moose_dagster.embedded.kafka.topic_configs import TOPIC_CONFIGS, TopicConfig
from moose_dagster.embedded.kafka.topics import Topic


class Resource(IntEnum):
    """The kinds of resources that have configs."""

    TOPIC = 2
    BROKER = 4


class _Source(IntEnum):
    """The sources of a config's value."""

    DYNAMIC_TOPIC = 1
    STATIC_BROKER = 4
    DEFAULT = 5


_KINDS = {"BOOLEAN": 1, "STRING": 2, "INT": 3, "LONG": 5, "DOUBLE": 6, "LIST": 7}

_Described = DescribeConfigsResponse.DescribeConfigsResult
_Config = _Described.DescribeConfigsResourceResult
_Synonym = _Config.DescribeConfigsSynonym
_Requested = DescribeConfigsRequest.DescribeConfigsResource
_Altered = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
_Replaced = AlterConfigsResponse.AlterConfigsResourceResponse


async def describe_configs(
    state: BrokerState, request: DescribeConfigsRequest, call: Call
) -> DescribeConfigsResponse:
    """Return the configs of topics and of the broker."""
    return DescribeConfigsResponse(
        results=[
            _describe(state, call, requested, synonyms=request.include_synonyms)
            for requested in request.resources
        ]
    )


async def alter_configs(
    state: BrokerState, request: AlterConfigsRequest, call: Call
) -> AlterConfigsResponse:
    """Replace all overrides of topics; each topic succeeds or fails alone."""
    responses: list[_Replaced] = []
    for resource in request.resources:
        error: RefusedError | None = None
        try:
            topic = _topic(state, call, resource.resource_type, resource.resource_name)
            values = {config.name: config.value for config in resource.configs}
            overrides = topic_configs.checked(values)
            _configure(topic, overrides, validate_only=request.validate_only)
        except RefusedError as refused:
            error = refused
        responses.append(
            _Replaced(**_result_fields(resource.resource_type, resource.resource_name, error))
        )
    return AlterConfigsResponse(responses=responses)


async def incremental_alter_configs(
    state: BrokerState, request: IncrementalAlterConfigsRequest, call: Call
) -> IncrementalAlterConfigsResponse:
    """Change single overrides of topics; each topic succeeds or fails alone."""
    responses: list[_Altered] = []
    for resource in request.resources:
        error: RefusedError | None = None
        try:
            topic = _topic(state, call, resource.resource_type, resource.resource_name)
            changes = [
                Change(each.name, each.config_operation, each.value) for each in resource.configs
            ]
            overrides = changed(topic.overrides, changes)
            _configure(topic, overrides, validate_only=request.validate_only)
        except RefusedError as refused:
            error = refused
        responses.append(
            _Altered(**_result_fields(resource.resource_type, resource.resource_name, error))
        )
    return IncrementalAlterConfigsResponse(responses=responses)


def _topic(state: BrokerState, call: Call, kind: int, name: str) -> Topic:
    """Return the topic to alter, or refuse any other resource."""
    if kind != Resource.TOPIC:
        raise RefusedError(
            Code.INVALID_REQUEST, "Only the configs of topics can be altered on this broker."
        )
    topic_names.check(name)
    state.check_right(call, "AlterConfigs", name)
    return state.topics.named(name)


def _configure(topic: Topic, overrides: Mapping[str, str], *, validate_only: bool) -> None:
    """Apply checked overrides."""
    if not validate_only:
        topic.configure(overrides)
        topic.save()


def _result_fields(kind: int, name: str, error: RefusedError | None) -> dict[str, Any]:
    """Return the fields of the answers of both kinds of alteration."""
    return {
        "error_code": error.code if error else Code.NONE,
        "error_message": error.message if error else None,
        "resource_type": kind,
        "resource_name": name,
    }


def _describe(
    state: BrokerState, call: Call, requested: _Requested, *, synonyms: bool
) -> _Described:
    """Describe one topic or the broker."""
    error: RefusedError | None = None
    configs: list[_Config] = []
    try:
        configs = _configs(state, call, requested.resource_type, requested.resource_name)
    except RefusedError as refused:
        error = refused
    if requested.configuration_keys is not None:
        configs = [config for config in configs if config.name in requested.configuration_keys]
    if not synonyms:
        for config in configs:
            config.synonyms = []
    return _Described(
        error_code=error.code if error else Code.NONE,
        error_message=error.message if error else None,
        resource_type=requested.resource_type,
        resource_name=requested.resource_name,
        configs=configs,
    )


def _configs(state: BrokerState, call: Call, kind: int, name: str) -> list[_Config]:
    """Return the configs of one resource, or refuse."""
    if kind == Resource.BROKER and name in {"", str(NODE_ID)}:
        return [_broker_config(*item) for item in BROKER_CONFIGS.items()]
    if kind != Resource.TOPIC:
        raise RefusedError(
            Code.INVALID_REQUEST, f"There is no resource {name!r} of type {kind} here."
        )
    topic_names.check(name)
    state.check_right(call, "DescribeConfigs", name)
    topic = state.shown.named(name)
    return [_topic_config(spec, topic.overrides.get(spec.name)) for spec in TOPIC_CONFIGS.values()]


def _topic_config(spec: TopicConfig, override: str | None) -> _Config:
    """Describe a topic's config with its value and the sources of that."""
    synonyms: list[_Synonym] = []
    if override is not None:
        synonyms.append(_Synonym(name=spec.name, value=override, source=_Source.DYNAMIC_TOPIC))
    if spec.broker_config:
        broker_name, _, broker_value = spec.broker_config.partition("=")
        synonyms.append(_Synonym(name=broker_name, value=broker_value, source=_Source.DEFAULT))
    return _Config(
        name=spec.name,
        value=spec.default if override is None else override,
        read_only=False,
        config_source=_Source.DEFAULT if override is None else _Source.DYNAMIC_TOPIC,
        is_default=override is None,
        is_sensitive=False,
        synonyms=synonyms,
        config_type=_KINDS[spec.kind],
        documentation=None,
    )


def _broker_config(name: str, value: str) -> _Config:
    """Describe a config of the broker, which can't be changed."""
    return _Config(
        name=name,
        value=value,
        read_only=True,
        config_source=_Source.STATIC_BROKER,
        is_default=False,
        is_sensitive=False,
        synonyms=[_Synonym(name=name, value=value, source=_Source.STATIC_BROKER)],
        config_type=_KINDS["STRING"],
        documentation=None,
    )
