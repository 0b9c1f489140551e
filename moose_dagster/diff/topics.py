"""Compare topics: only what the code declares, never what it leaves to the broker."""

from collections.abc import Iterator, Mapping

from moose_dagster.diff import topic_changes as changes
from moose_dagster.diff.topic_changes import TopicChange
from moose_dagster.state.topics import Topic, TopicId


def diff_topics(
    live: Mapping[TopicId, Topic], desired: Mapping[TopicId, Topic]
) -> tuple[TopicChange, ...]:
    """Return the changes that turn *live* into *desired*, in the order of topic names."""
    differences = list[TopicChange]()
    for topic in sorted({*live, *desired}):
        differences.extend(_diff_topic(live.get(topic), desired.get(topic)))
    return tuple(differences)


def _diff_topic(live: Topic | None, desired: Topic | None) -> Iterator[TopicChange]:
    if desired is None:
        if live is not None:
            yield changes.DropTopic(live.id)
        return
    if live is None:
        yield changes.CreateTopic(desired)
        return
    if desired.partitions is not None and live.partitions != desired.partitions:
        yield changes.ChangePartitions(live.id, live.partitions or 0, desired.partitions)
    if (
        desired.replication_factor is not None
        and live.replication_factor != desired.replication_factor
    ):
        yield changes.ChangeReplicationFactor(
            live.id, live.replication_factor or 0, desired.replication_factor
        )
    for name, value in sorted(desired.configs.items()):
        if live.configs.get(name) != value:
            yield changes.ChangeTopicConfig(live.id, name, live.configs.get(name), value)
