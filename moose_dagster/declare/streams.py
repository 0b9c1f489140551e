"""Kafka topics as people write them."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, InstanceOf

from moose_dagster.declare.brackets import model_in_brackets
from moose_dagster.declare.loads import BatchLoad
from moose_dagster.declare.source import Source, source_of_caller
from moose_dagster.declare.stream_messages import (
    KafkaSource,
    StreamMessage,
    StreamProducer,
    open_producer,
    read_messages,
)
from moose_dagster.declare.tables import OlapTable
from moose_dagster.life_cycle import LifeCycle

T = TypeVar("T", bound=BaseModel)


class StreamConfig(BaseModel):
    """How a topic is laid out and how long it keeps messages.

    A field that is not written is not compared with the live topic; a new topic gets the broker's
    default.

    Attributes:
        parallelism: The number of partitions, 1 to 100,000; a new topic gets 1 if not written.
        retention_period: How long the broker stores messages, in seconds, 1 or more, or -1 for
            ever.
        replication_factor: Copies of each partition, 1 or more; None means the broker's default.
        topic_config: Further topic configs by Kafka's name, such as `{"cleanup.policy":
            "compact"}`; None means none. An unknown name or a wrong value is a fault.
        destination: The OlapTable that the messages are written to; None means none. It is shown in
            Dagster and not part of the topic.
        load: How the messages get into the destination: `BatchLoad()`. None means that somebody
            else writes them, or the default of the project for the stream of a pipeline.
        version: Becomes part of the topic's name: `users` of version `0.1` is `users_0_1`. None
            means no version.
        metadata: The asset's `owners`, `tags`, `group` and `description`, and anything else to show
            with it; not compared. None means none.
        life_cycle: The life cycle; None means that of the pipeline around it, else
            FULLY_MANAGED.
        default_dead_letter_queue: The topic for messages that could not be handled; None means that
            of the pipeline around it, else none.
    """

    # A project reports unknown fields, all of them together.
    model_config = ConfigDict(extra="allow")

    parallelism: int = 1
    retention_period: int = 60 * 60 * 24 * 7
    replication_factor: int | None = None
    topic_config: dict[str, str | int | float | bool] | None = None
    destination: InstanceOf[OlapTable[Any]] | None = None
    load: BatchLoad | None = None
    version: str | None = None
    metadata: dict[str, object] | None = None
    life_cycle: LifeCycle | None = None
    default_dead_letter_queue: "InstanceOf[DeadLetterQueue[Any]] | None" = None


class Stream(Generic[T]):
    """A Kafka topic whose messages are rows of a pydantic model: `Stream[User]("users")`.

    Attributes:
        name: The name as written; a version in the config becomes part of the topic's real name.
        config: The config as given.
        source: Where the topic is declared.
        in_pipeline: Whether it is the stream of an IngestPipeline.
    """

    def __init__(self, name: str, config: StreamConfig | None = None) -> None:
        self.in_pipeline = False
        self.name = name
        self.config = StreamConfig() if config is None else config
        self.source: Source = source_of_caller()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.source})"

    @property
    def model(self) -> type[T]:
        """The model in the brackets.

        Raises:
            DeclarationError: There is none.
        """
        return model_in_brackets(self, self.name, self.source)

    @property
    def message_model(self) -> type[BaseModel]:
        """What one message holds."""
        return self.model

    @property
    def topic_name(self) -> str:
        """The name of the topic without an environment; a version is part of it."""
        version = self.config.version
        return f"{self.name}_{version.replace('.', '_')}" if version else self.name

    def producer(
        self, kafka: KafkaSource, *, topic: str | None = None
    ) -> AbstractContextManager[StreamProducer[Any]]:
        """Open what writes models into the topic: `with stream.producer(kafka) as producer`.

        Args:
            kafka: The cluster, such as a KafkaResource.
            topic: The name of the topic in an environment; None means the one without.
        """
        return open_producer(kafka, topic or self.topic_name, self.message_model)

    def read(
        self, kafka: KafkaSource, limit: int = 100, *, topic: str | None = None
    ) -> list[StreamMessage[Any]]:
        """Return the first messages of the topic, partition by partition.

        Args:
            kafka: The cluster, such as a KafkaResource.
            limit: The most messages to return.
            topic: The name of the topic in an environment; None means the one without.

        Raises:
            ServerError: The topic does not exist, or the broker refuses.
            ServerUnreachable: No broker answers.
        """
        return read_messages(kafka, topic or self.topic_name, self.message_model, limit)


class DeadLetter(BaseModel):
    """A message that could not be handled, and why: the model of a dead letter queue's messages.

    Attributes:
        original_record: The message as it was received.
        error_message: What went wrong.
        error_type: The name of the error's class.
        failed_at: When it failed.
        source: Where it failed: "api", "transform" or "table".
    """

    original_record: Any
    error_message: str
    error_type: str
    failed_at: datetime
    source: Literal["api", "transform", "table"]


class DeadLetterQueue(Stream[T]):
    """The topic that messages of a model go to when they could not be handled."""

    @property
    def message_model(self) -> type[BaseModel]:
        """What one message holds: the record and why it failed."""
        return DeadLetter


AnyStream: TypeAlias = Stream[Any]
StreamConfig.model_rebuild()
