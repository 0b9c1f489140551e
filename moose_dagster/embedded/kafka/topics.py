"""The topics of the broker, in memory and on disk: a directory per topic, a file that describes it."""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict, cast

from moose_dagster.embedded.kafka import topic_names
from moose_dagster.embedded.kafka.durable import read_json, write_json
from moose_dagster.embedded.kafka.errors import UNKNOWN_PARTITION, Code, RefusedError
from moose_dagster.embedded.kafka.open_files import OpenFiles
from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.policy import policy_of
from moose_dagster.embedded.kafka.topic_configs import effective


class _Description(TypedDict):
    """What `topic.json` holds."""

    name: str
    id: str
    partitions: int
    configs: dict[str, str]


class Topic:
    """A topic: its id, its config overrides and its partitions."""

    def __init__(self, directory: Path, description: _Description, files: OpenFiles) -> None:
        self.directory = directory
        self.name = description["name"]
        self.id = uuid.UUID(description["id"])
        self.overrides: Mapping[str, str] = description["configs"]
        self.policy = policy_of(effective(self.overrides))
        self.partitions: list[Partition] = []
        self._files = files
        self.extend_to(description["partitions"])

    def extend_to(self, count: int) -> None:
        """Add partitions in memory until there are *count*."""
        for number in range(len(self.partitions), count):
            self.partitions.append(
                Partition(self.directory / str(number), self.policy, self._files)
            )

    def configure(self, overrides: Mapping[str, str]) -> None:
        """Let every partition follow *overrides* from now on."""
        self.overrides = overrides
        self.policy = policy_of(effective(overrides))
        for partition in self.partitions:
            partition.policy = self.policy

    def save(self) -> None:
        """Write what describes the topic."""
        configs = dict(self.overrides)
        description = _Description(
            name=self.name, id=str(self.id), partitions=len(self.partitions), configs=configs
        )
        write_json(self.directory / "topic.json", description)


class Topics:
    """All topics by name, each in a directory named after its id, which no other topic ever gets."""

    def __init__(self, directory: Path, files: OpenFiles) -> None:
        self._directory = directory
        self._files = files
        self._by_name: dict[str, Topic] = {}
        self._by_folded_name: dict[str, str] = {}
        directory.mkdir(parents=True, exist_ok=True)
        for found in sorted(directory.iterdir()):
            self._load(found)

    def __iter__(self) -> Iterator[Topic]:
        return iter(list(self._by_name.values()))

    def find(self, name: str) -> Topic | None:
        """Return the topic called *name*, None if there is none."""
        return self._by_name.get(name)

    def named(self, name: str) -> Topic:
        """Return the topic called *name*, or refuse."""
        topic = self._by_name.get(name)
        if topic is None:
            raise RefusedError(Code.UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_PARTITION)
        return topic

    def with_id(self, topic_id: uuid.UUID) -> Topic:
        """Return the topic with *topic_id*, or refuse."""
        for topic in self._by_name.values():
            if topic.id == topic_id:
                return topic
        raise RefusedError(Code.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")

    def partition(self, name: str, number: int) -> Partition:
        """Return one partition, or refuse."""
        topic = self.named(name)
        if not 0 <= number < len(topic.partitions):
            raise RefusedError(Code.UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_PARTITION)
        return topic.partitions[number]

    def check_name(self, name: str) -> None:
        """Refuse a name that no new topic can have."""
        topic_names.check(name)
        other = self._by_folded_name.get(topic_names.folded(name))
        if other == name:
            raise RefusedError(Code.TOPIC_ALREADY_EXISTS, f"Topic '{name}' already exists.")
        if other is not None:
            # Kafka's metrics could not tell the two apart.
            raise RefusedError(
                Code.INVALID_TOPIC_EXCEPTION,
                f"Topic '{name}' collides with existing topic: {other}",
            )

    def create(self, name: str, partitions: int, overrides: Mapping[str, str]) -> Topic:
        """Create a topic whose name and configs were checked."""
        topic_id = uuid.uuid4()
        directory = self._directory / str(topic_id)
        directory.mkdir()
        description = _Description(
            name=name, id=str(topic_id), partitions=partitions, configs=dict(overrides)
        )
        topic = Topic(directory, description, self._files)
        topic.save()
        self._enter(topic)
        return topic

    def delete(self, topic: Topic) -> None:
        """Delete a topic and its files."""
        del self._by_name[topic.name]
        del self._by_folded_name[topic_names.folded(topic.name)]
        for partition in topic.partitions:
            partition.close()
        # Without its description a directory is no topic: a kill in the middle leaves nothing half
        # deleted.
        (topic.directory / "topic.json").unlink(missing_ok=True)
        shutil.rmtree(topic.directory, ignore_errors=True)

    def _load(self, directory: Path) -> None:
        """Open the topic in *directory*, or clear away what a killed process left of one."""
        description = read_json(directory / "topic.json")
        if description is None:
            shutil.rmtree(directory)
            return
        self._enter(Topic(directory, cast("_Description", description), self._files))

    def _enter(self, topic: Topic) -> None:
        """Make *topic* known by its name."""
        self._by_name[topic.name] = topic
        self._by_folded_name[topic_names.folded(topic.name)] = topic.name
