"""Read live topics in a handful of admin calls, however many topics there are."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from moose_dagster.clients.kafka import Config, Kafka
from moose_dagster.errors import ServerError, ServerFailure
from moose_dagster.state.topic_configs import topic_config_text
from moose_dagster.state.topics import Topic, TopicId

# A broker of Apache Kafka may know a topic half a second before another one does.
_SECONDS_TO_AGREE = 5.0
_SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What a live topic is besides its layout.

    Attributes:
        messages: How many messages it holds.
        overrides: The names of the configs that the topic itself sets.
    """

    messages: int
    overrides: frozenset[str]


@dataclass(frozen=True, slots=True)
class LiveTopics:
    """The live side of a plan of topics.

    Attributes:
        topics: Those that were read.
        facts: What each of them is besides its layout.
        refused: The error of each topic that could not be read.
    """

    topics: Mapping[TopicId, Topic] = field(default_factory=dict[TopicId, Topic])
    facts: Mapping[TopicId, TopicFacts] = field(default_factory=dict[TopicId, TopicFacts])
    refused: Mapping[TopicId, ServerFailure] = field(default_factory=dict[TopicId, ServerFailure])


def read_topics(kafka: Kafka, ids: Collection[TopicId]) -> LiveTopics:
    """Read those of *ids* that exist.

    Raises:
        ServerError: The cluster can't be reached, or refuses all of them.
    """
    names = {topic.name for topic in ids}
    if not names:
        return LiveTopics()
    deadline = time.monotonic() + _SECONDS_TO_AGREE
    live, disputed = _read_once(kafka, names)
    while disputed and time.monotonic() < deadline:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        live, disputed = _read_once(kafka, names)
    unclear = {
        TopicId(name): ServerError("one broker lists it, and another one does not know it")
        for name in disputed
    }
    return replace(live, refused={**live.refused, **unclear})


def _read_once(kafka: Kafka, names: Collection[str]) -> tuple[LiveTopics, set[str]]:
    """Return the topics, and the names of those of which brokers say different things."""
    listed = kafka.layouts()
    # A principal without Describe is not told of a topic, unless it asks for it by its name.
    unlisted = {name for name in names if name not in listed.found and name not in listed.refused}
    by_name = kafka.layouts_of(unlisted)
    layouts = {name: layout for name, layout in listed.found.items() if name in names}
    layouts |= by_name.found
    configs = kafka.configs(list(layouts))
    spans = kafka.spans({name: layouts[name].partitions for name in configs.found})
    topics = dict[TopicId, Topic]()
    facts = dict[TopicId, TopicFacts]()
    for name, found in spans.found.items():
        topic = TopicId(name)
        layout = layouts[name]
        own = configs.found[name]
        messages = sum(span.end - span.start for span in found)
        overrides = frozenset(key for key, config in own.items() if config.is_override)
        topics[topic] = Topic(topic, layout.partitions, layout.replication_factor, _values(own))
        facts[topic] = TopicFacts(messages, overrides)
    refused = {**listed.refused, **by_name.refused, **configs.refused, **spans.refused}
    errors = {TopicId(name): error for name, error in refused.items() if name in names}
    disputed = layouts.keys() - spans.found.keys() - refused.keys()
    return LiveTopics(topics, facts, errors), disputed


def _values(configs: Mapping[str, Config]) -> dict[str, str]:
    return {name: topic_config_text(name, config.value) for name, config in configs.items()}
