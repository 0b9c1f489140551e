from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    ResourceType,
)


@pytest.fixture
def configs_of(broker):
    def describe(topic):
        resource = ConfigResource(ResourceType.TOPIC, topic)
        return broker.admin.describe_configs([resource])[resource].result(10)

    return describe


@pytest.fixture
def configured(broker, configs_of):
    topic = broker.create()
    return topic, lambda: configs_of(topic)


@pytest.fixture
def alter(broker):
    def change(topic, *changes, **options):
        entries = [
            ConfigEntry(name, value, incremental_operation=operation)
            for name, value, operation in changes
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        return broker.admin.incremental_alter_configs([resource], **options)[resource]

    return change


def test_all_36_configs_are_described_with_value_and_source(broker, configs_of):
    topic = broker.create(retention_ms="60000")

    configs = configs_of(topic)

    assert len(configs) == 36
    assert (configs["retention.ms"].value, configs["retention.ms"].source) == (
        "60000",
        ConfigSource.DYNAMIC_TOPIC_CONFIG.value,
    )
    assert (configs["segment.bytes"].value, configs["segment.bytes"].source) == (
        "1073741824",
        ConfigSource.DEFAULT_CONFIG.value,
    )
    assert not configs["segment.bytes"].is_read_only
    assert list(configs["retention.ms"].synonyms) == ["retention.ms", "log.retention.hours"]


def test_the_defaults_are_those_of_apache_kafka(broker, configs_of):
    table = Path(__file__).with_name("apache_kafka_3_9.tsv").read_text(encoding="utf-8")
    defaults = dict(row.split("\t") for row in table.splitlines()[1:])

    configs = configs_of(broker.create())

    assert {name: config.value for name, config in configs.items()} == defaults
    assert not any(config.is_read_only or config.is_sensitive for config in configs.values())


def test_a_config_is_set_and_unset(broker, configs_of, alter):
    topic = broker.create(retention_ms="60000", segment_bytes="2000000")

    alter(topic, ("retention.ms", "70000", AlterConfigOpType.SET)).result(10)
    assert configs_of(topic)["retention.ms"].value == "70000"

    alter(topic, ("retention.ms", None, AlterConfigOpType.DELETE)).result(10)
    assert configs_of(topic)["retention.ms"].value == "604800000"
    assert configs_of(topic)["segment.bytes"].value == "2000000"


def test_items_are_appended_to_lists_and_subtracted(broker, configs_of, alter):
    topic = broker.create()

    alter(topic, ("cleanup.policy", "compact", AlterConfigOpType.APPEND)).result(10)
    assert configs_of(topic)["cleanup.policy"].value == "delete,compact"

    alter(topic, ("cleanup.policy", "delete", AlterConfigOpType.SUBTRACT)).result(10)
    assert configs_of(topic)["cleanup.policy"].value == "compact"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("no.such.config", "1"),
        ("retention.ms", "-2"),
        ("retention.ms", "99999999999999999999"),
        ("retention.ms", "1.5"),
        ("segment.bytes", "13"),
        ("segment.bytes", "2147483648"),
        ("cleanup.policy", "delete,shred"),
        ("compression.type", "rar"),
        ("min.cleanable.dirty.ratio", "1.1"),
        ("min.cleanable.dirty.ratio", "nan"),
        ("preallocate", "yes"),
        ("compression.gzip.level", "0"),
        ("message.format.version", "new"),
        ("leader.replication.throttled.replicas", "everywhere"),
        ("remote.storage.enable", "true"),
    ],
)
def test_a_wrong_config_is_refused_and_nothing_beside_it_applied(
    configured, alter, refusal, name, value
):
    topic, configs = configured

    refused = alter(
        topic,
        ("delete.retention.ms", "5", AlterConfigOpType.SET),
        (name, value, AlterConfigOpType.SET),
    )

    assert refusal(refused) == 40
    assert configs()["delete.retention.ms"].value == "86400000"


def test_compaction_lags_must_not_contradict_each_other(broker, alter, refusal):
    topic = broker.create(max_compaction_lag_ms="1000")

    assert refusal(alter(topic, ("min.compaction.lag.ms", "2000", AlterConfigOpType.SET))) == 40


@pytest.mark.parametrize("name", ["cleanup.policy", "leader.replication.throttled.replicas"])
def test_a_list_may_be_empty(broker, configs_of, alter, name):
    topic = broker.create()

    alter(topic, (name, "", AlterConfigOpType.SET)).result(10)

    assert configs_of(topic)[name].value == ""


def test_validating_configs_changes_nothing(broker, configs_of, alter):
    topic = broker.create()

    alter(topic, ("retention.ms", "5", AlterConfigOpType.SET), validate_only=True).result(10)

    assert configs_of(topic)["retention.ms"].value == "604800000"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_older_alteration_resets_what_it_does_not_name(broker, configs_of):
    topic = broker.create(retention_ms="60000", segment_bytes="2000000")

    resource = ConfigResource(ResourceType.TOPIC, topic, set_config={"segment.bytes": "3000000"})
    broker.admin.alter_configs([resource])[resource].result(10)

    assert configs_of(topic)["segment.bytes"].value == "3000000"
    assert configs_of(topic)["retention.ms"].value == "604800000"


def test_unknown_topics_have_no_configs(broker, alter, refusal):
    resource = ConfigResource(ResourceType.TOPIC, "nowhere")

    assert refusal(broker.admin.describe_configs([resource])[resource]) == 3
    assert refusal(alter("nowhere", ("retention.ms", "5", AlterConfigOpType.SET))) == 3


def test_the_broker_says_that_it_creates_no_topics_by_itself(broker):
    resource = ConfigResource(ResourceType.BROKER, "1")

    configs = broker.admin.describe_configs([resource])[resource].result(10)

    assert configs["auto.create.topics.enable"].value == "false"
    assert configs["message.max.bytes"].value == "1048588"
