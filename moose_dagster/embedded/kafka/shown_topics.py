"""The topics as metadata and configs show them, which may be older than the topics are."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from moose_dagster.embedded.kafka.errors import UNKNOWN_PARTITION, Code, RefusedError
from moose_dagster.embedded.kafka.topics import Topic, Topics

_SECONDS_BETWEEN_SNAPSHOTS = 0.01


class ShownTopic(NamedTuple):
    """A topic as clients see it.

    Attributes:
        name: Its name.
        id: Its id.
        partitions: How many partitions it has.
        overrides: Its config overrides.
    """

    name: str
    id: uuid.UUID
    partitions: int
    overrides: Mapping[str, str]


class ShownTopics:
    """The topics as they were *stale_ms* ago, for 0 as they are."""

    def __init__(self, topics: Topics, stale_ms: int) -> None:
        self._topics = topics
        self._seconds = stale_ms / 1000
        self._snapshots = deque([(0.0, _snapshot_of(topics))])

    def __iter__(self) -> Iterator[ShownTopic]:
        if not self._seconds:
            return iter([_shown(topic) for topic in self._topics])
        return iter(self._snapshots[0][1].values())

    def named(self, name: str) -> ShownTopic:
        """Return the topic called *name*, or refuse."""
        if not self._seconds:
            return _shown(self._topics.named(name))
        topic = self._snapshots[0][1].get(name)
        if topic is None:
            raise RefusedError(Code.UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_PARTITION)
        return topic

    def with_id(self, topic_id: uuid.UUID) -> ShownTopic:
        """Return the topic with *topic_id*, or refuse."""
        return _shown(self._topics.with_id(topic_id))

    async def follow(self) -> None:
        """Note how the topics change, for as long as the broker runs."""
        while self._seconds:
            now = time.monotonic()
            self._snapshots.append((now, _snapshot_of(self._topics)))
            while len(self._snapshots) > 1 and self._snapshots[1][0] <= now - self._seconds:
                self._snapshots.popleft()
            await asyncio.sleep(_SECONDS_BETWEEN_SNAPSHOTS)


def _snapshot_of(topics: Topics) -> dict[str, ShownTopic]:
    return {topic.name: _shown(topic) for topic in topics}


def _shown(topic: Topic) -> ShownTopic:
    return ShownTopic(topic.name, topic.id, len(topic.partitions), topic.overrides)
