"""Read-only probes: how many messages a shorter retention would delete."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping

from moose_dagster.clients.kafka import Kafka
from moose_dagster.diff.topic_changes import ChangeTopicConfig, TopicChange
from moose_dagster.risk.probes import Proof
from moose_dagster.state.topics import Topic, TopicId


def prove_retention(
    kafka: Kafka, changes: Iterable[TopicChange], live: Mapping[TopicId, Topic]
) -> Mapping[TopicId, Mapping[str, Proof]]:
    """Return how many messages are older than each shorter `retention.ms` among *changes*.

    Kafka deletes whole segments, so fewer may go at once; none of the counted ones is safe.

    Raises:
        ServerError: The cluster refuses or can't be reached.
    """
    shorter = defaultdict[int, list[TopicId]](list)
    for change in changes:
        if (
            isinstance(change, ChangeTopicConfig)
            and change.name == "retention.ms"
            and _is_shorter(change)
        ):
            shorter[int(change.desired)].append(change.topic)
    proofs = dict[TopicId, Mapping[str, Proof]]()
    for retention, topics in shorter.items():
        for topic, count in _older_than(
            kafka, retention, {topic: live[topic] for topic in topics}
        ).items():
            proofs[topic] = {"retention.ms": Proof(count)}
    return proofs


def _is_shorter(change: ChangeTopicConfig) -> bool:
    live = int(change.live or -1)
    desired = int(change.desired)
    return desired >= 0 and (live < 0 or desired < live)


def _older_than(
    kafka: Kafka, retention: int, topics: Mapping[TopicId, Topic]
) -> Mapping[TopicId, int]:
    partitions = {topic.name: value.partitions or 0 for topic, value in topics.items()}
    kept_from = kafka.offsets_at(partitions, round(time.time() * 1000) - retention).found
    spans = kafka.spans(partitions).found
    deleted = dict[TopicId, int]()
    for topic in topics:
        name = topic.name
        if name in kept_from and name in spans:
            pairs = zip(kept_from[name], spans[name], strict=True)
            # -1 stands for a partition without a message that is new enough.
            deleted[topic] = sum(
                (first if first >= 0 else span.end) - span.start for first, span in pairs
            )
    return deleted
