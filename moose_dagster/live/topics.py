"""Read live topics in a handful of admin calls, however many topics there are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from moose_dagster.clients.kafka import Config, Kafka
from moose_dagster.errors import ServerFailure
from moose_dagster.state.topic_configs import topic_config_text
from moose_dagster.state.topics import Topic, TopicId


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What a live topic is besides its layout: its messages, and the configs it sets itself."""

    messages: int
    overrides: frozenset[str]


@dataclass(frozen=True, slots=True)
class LiveTopics:
    """The live side of a plan of topics, and the error of each that could not be read."""

    topics: Mapping[TopicId, Topic] = field(default_factory=dict[TopicId, Topic])
    facts: Mapping[TopicId, TopicFacts] = field(default_factory=dict[TopicId, TopicFacts])
    refused: Mapping[TopicId, ServerFailure] = field(default_factory=dict[TopicId, ServerFailure])


def read_topics(kafka: Kafka, ids: Collection[TopicId]) -> LiveTopics:
    """Read those of *ids* that exist.

    Raises:
        ServerError: The cluster can't be reached, or refuses all of them.
    """
    wanted = {topic.name for topic in ids}
    if not wanted:
        return LiveTopics()
    layouts = kafka.layouts()
    configs = kafka.configs([name for name in layouts.found if name in wanted])
    spans = kafka.spans({name: layouts.found[name].partitions for name in configs.found})
    topics, facts = dict[TopicId, Topic](), dict[TopicId, TopicFacts]()
    for name, found in spans.found.items():
        topic, layout, own = TopicId(name), layouts.found[name], configs.found[name]
        topics[topic] = Topic(topic, layout.partitions, layout.replication_factor, _values(own))
        facts[topic] = TopicFacts(
            messages=sum(span.end - span.start for span in found),
            overrides=frozenset(key for key, config in own.items() if config.is_override),
        )
    refused = {**layouts.refused, **configs.refused, **spans.refused}
    return LiveTopics(
        topics, facts, {TopicId(name): error for name, error in refused.items() if name in wanted}
    )


def _values(configs: Mapping[str, Config]) -> dict[str, str]:
    return {name: topic_config_text(name, config.value) for name, config in configs.items()}
