"""Read live topics in a handful of admin calls, however many topics there are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from moose_dagster.clients.kafka import Config, Kafka
from moose_dagster.state.topic_configs import topic_config_text
from moose_dagster.state.topics import Topic, TopicId


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What a live topic is besides its layout: messages held, and the configs that it sets itself."""

    messages: int
    overrides: frozenset[str]


@dataclass(frozen=True, slots=True)
class LiveTopics:
    """The live side of a plan of topics, with every effective config."""

    topics: Mapping[TopicId, Topic]
    facts: Mapping[TopicId, TopicFacts] = field(default_factory=dict[TopicId, TopicFacts])


def read_topics(kafka: Kafka, ids: Collection[TopicId]) -> LiveTopics:
    """Read those of *ids* that exist.

    Raises:
        ServerError: The cluster refuses or can't be reached.
    """
    wanted = {topic.name for topic in ids}
    layouts = {name: layout for name, layout in kafka.layouts().items() if name in wanted} if wanted else {}
    configs = kafka.configs(layouts)
    layouts = {name: layout for name, layout in layouts.items() if name in configs}
    spans = kafka.spans({name: layout.partitions for name, layout in layouts.items()})
    topics, facts = dict[TopicId, Topic](), dict[TopicId, TopicFacts]()
    for name, layout in layouts.items():
        topic = TopicId(name)
        topics[topic] = Topic(topic, layout.partitions, layout.replication_factor, _values(configs[name]))
        facts[topic] = TopicFacts(
            messages=sum(span.end - span.start for span in spans[name]),
            overrides=frozenset(key for key, config in configs[name].items() if config.is_override),
        )
    return LiveTopics(topics, facts)


def _values(configs: Mapping[str, Config]) -> dict[str, str]:
    return {name: topic_config_text(name, config.value) for name, config in configs.items()}
