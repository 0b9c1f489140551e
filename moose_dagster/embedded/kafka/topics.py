"""The topics of the broker, in memory and in a directory each."""

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
    """The content of `topic.json`.

    Attributes:
        name: The name of the topic.
        id: Its id, a UUID.
        partitions: How many partitions it has.
        configs: Its config overrides.
    """

    name: str
    id: str
    partitions: int
    configs: dict[str, str]


class Topic:
    """A topic.

    Attributes:
        directory: Where it is stored.
        name: Its name.
        id: Its id.
        overrides: Its config overrides.
        policy: The effective configs that concern its logs.
        partitions: Its partitions by number.
    """

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
        """Apply *overrides* to the topic and its partitions."""
        self.overrides = overrides
        self.policy = policy_of(effective(overrides))
        for partition in self.partitions:
            partition.policy = self.policy

    def save(self) -> None:
        """Write `topic.json`."""
        configs = dict(self.overrides)
        description = _Description(
            name=self.name, id=str(self.id), partitions=len(self.partitions), configs=configs
        )
        write_json(self.directory / "topic.json", description)


class Topics:
    """All topics by name, each in a directory that is named after its unique id."""

    def __init__(self, directory: Path, files: OpenFiles) -> None:
        self._directory = directory
        self._files = files
        self._by_name: dict[str, Topic] = {}
        self._by_collision_key: dict[str, str] = {}
        directory.mkdir(parents=True, exist_ok=True)
        for path in sorted(directory.iterdir()):
            self._load(path)

    def __iter__(self) -> Iterator[Topic]:
        return iter(list(self._by_name.values()))

    def find(self, name: str) -> Topic | None:
        """Return the topic called *name*, None if it does not exist."""
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
        """Refuse a name that a new topic cannot have."""
        topic_names.check(name)
        other = self._by_collision_key.get(topic_names.collision_key(name))
        if other == name:
            raise RefusedError(Code.TOPIC_ALREADY_EXISTS, f"Topic '{name}' already exists.")
        if other is not None:
            # Kafka's metrics can't distinguish the two.
            raise RefusedError(
                Code.INVALID_TOPIC_EXCEPTION,
                f"Topic '{name}' collides with existing topic: {other}",
            )

    def create(self, name: str, partitions: int, overrides: Mapping[str, str]) -> Topic:
        """Create a topic, whose name and configs must be checked before."""
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
        del self._by_collision_key[topic_names.collision_key(topic.name)]
        for partition in topic.partitions:
            partition.close()
        # Without its description a directory is not a topic: a kill here leaves no damaged topic.
        (topic.directory / "topic.json").unlink(missing_ok=True)
        shutil.rmtree(topic.directory, ignore_errors=True)

    def _load(self, directory: Path) -> None:
        """Open the topic in *directory*, or remove an unfinished one."""
        description = read_json(directory / "topic.json")
        if description is None:
            shutil.rmtree(directory)
            return
        self._enter(Topic(directory, cast("_Description", description), self._files))

    def _enter(self, topic: Topic) -> None:
        """Register *topic* by its name."""
        self._by_name[topic.name] = topic
        self._by_collision_key[topic_names.collision_key(topic.name)] = topic.name
