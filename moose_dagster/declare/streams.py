"""Kafka topics as people write them."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, InstanceOf

from moose_dagster.declare.brackets import model_in_brackets
from moose_dagster.declare.source import Source, source_of_caller
from moose_dagster.declare.tables import OlapTable
from moose_dagster.life_cycle import LifeCycle

T = TypeVar("T", bound=BaseModel)


class StreamConfig(BaseModel):
    """How a topic is laid out and how long it keeps messages.

    A field that is not written is left to the broker of a live topic: it is used to create the
    topic, and never compared.

    Attributes:
        parallelism: The number of partitions; 1 for a new topic if not written.
        retention_period: How long messages are kept, in seconds; the broker's own if not written.
        replication_factor: Copies of each partition; the broker's own if not written.
        topic_config: Any further topic config by Kafka's name, such as `{"cleanup.policy":
            "compact"}`.
        destination: The table that the messages end up in.
        version: Becomes part of the topic's name: `users` of version `0.1` is `users_0_1`.
        metadata: The asset's `owners`, `tags`, `group` and `description`, and anything else to show
            with it; no part of the layout.
        life_cycle: How far changes go; None means FULLY_MANAGED unless something around it decides.
        default_dead_letter_queue: Where messages go that could not be handled.
    """

    # Unknown fields are kept, so that a project can report all of them together.
    model_config = ConfigDict(extra="allow")

    parallelism: int = 1
    retention_period: int = 60 * 60 * 24 * 7
    replication_factor: int | None = None
    topic_config: dict[str, str | int | float | bool] | None = None
    destination: InstanceOf[OlapTable[Any]] | None = None
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
    """

    def __init__(self, name: str, config: StreamConfig | None = None) -> None:
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


class DeadLetter(BaseModel):
    """A message that could not be handled, and why: the model of a dead letter queue's messages.

    Attributes:
        original_record: The message as it came.
        error_message: What went wrong.
        error_type: The kind of error.
        failed_at: When.
        source: Where it failed.
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
