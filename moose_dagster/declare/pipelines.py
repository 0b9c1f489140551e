"""A table, the stream that fills it and its dead letter queue, declared at once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict

from moose_dagster.declare.brackets import model_in_brackets
from moose_dagster.declare.source import Source, source_of_caller
from moose_dagster.declare.streams import AnyStream, DeadLetterQueue, Stream, StreamConfig
from moose_dagster.declare.tables import AnyTable, OlapConfig, OlapTable
from moose_dagster.errors import DeclarationError
from moose_dagster.life_cycle import LifeCycle

_TWO_DESTINATIONS = (
    "its stream names a destination, and a pipeline's stream goes to the pipeline's table; "
    "drop the destination, or write table=False."
)
T = TypeVar("T", bound=BaseModel)
C = TypeVar("C", OlapConfig, StreamConfig)


class IngestPipelineConfig(BaseModel):
    """Which parts a pipeline has, each by True, False or a config of its own.

    Attributes:
        table: The table; True, the default, is a table with `OlapConfig()`.
        stream: The stream, whose destination is the table; True, the default, is a stream with
            `StreamConfig()`.
        dead_letter_queue: The topic for messages that could not be handled; True, the default, is
            a topic with `StreamConfig()`.
        ingest: Moose's ingest API; accepted and ignored, since this library serves none.
        ingest_api: The same under its other name.
        path: The path of that API; ignored as well.
        version: The version of every part whose own config has none; it becomes part of the name.
            None means no version.
        metadata: The metadata of every part whose own config has none; None means none.
        life_cycle: The life cycle of every part whose own config has none; None means
            FULLY_MANAGED.
    """

    model_config = ConfigDict(extra="allow")

    table: bool | OlapConfig = True
    stream: bool | StreamConfig = True
    dead_letter_queue: bool | StreamConfig = True
    ingest: object = True
    ingest_api: object = True
    path: str | None = None
    version: str | None = None
    metadata: dict[str, object] | None = None
    life_cycle: LifeCycle | None = None


class IngestPipeline(Generic[T]):
    """A pipeline: `IngestPipeline[Event]("events", IngestPipelineConfig(...))`.

    Attributes:
        name: The name of the table and the stream.
        config: The config as given; it and the configs in it are never changed.
        source: Where the pipeline is declared.
    """

    def __init__(self, name: str, config: IngestPipelineConfig | None = None) -> None:
        self.name = name
        self.config = IngestPipelineConfig() if config is None else config
        self.source: Source = source_of_caller()

    def __repr__(self) -> str:
        return f"IngestPipeline({self.name!r}, {self.source})"

    @property
    def model(self) -> type[T]:
        """The model in the brackets.

        Raises:
            DeclarationError: There is none.
        """
        return model_in_brackets(self, self.name, self.source)

    @cached_property
    def table(self) -> OlapTable[T] | None:
        """The table, or None."""
        if self.config.table is False:
            return None
        given = OlapConfig() if self.config.table is True else self.config.table
        return self._part(OlapTable[self.model](self.name, self._inherited(given)))  # pyright: ignore[reportInvalidTypeArguments] - the model is a value here

    @cached_property
    def dead_letter_queue(self) -> DeadLetterQueue[T] | None:
        """The topic for messages that could not be handled, or None."""
        if self.config.dead_letter_queue is False:
            return None
        given = (
            StreamConfig()
            if self.config.dead_letter_queue is True
            else self.config.dead_letter_queue
        )
        name = f"{self.name}DeadLetterQueue"
        return self._part(DeadLetterQueue[self.model](name, self._inherited(given)))  # pyright: ignore[reportInvalidTypeArguments] - as above

    @cached_property
    def stream(self) -> Stream[T] | None:
        """The stream, or None.

        Raises:
            DeclarationError: Its config names another table than the pipeline's own.
        """
        if self.config.stream is False:
            return None
        given = StreamConfig() if self.config.stream is True else self.config.stream
        if given.destination is not None and self.table is not None:
            raise DeclarationError([f"{self.name} ({self.source}): {_TWO_DESTINATIONS}"])
        inherited = self._inherited(given)
        destination = self.table or given.destination
        queue = given.default_dead_letter_queue or self.dead_letter_queue
        linked = inherited.model_copy(
            update={"destination": destination, "default_dead_letter_queue": queue}
        )
        stream = Stream[self.model](self.name, linked)  # pyright: ignore[reportInvalidTypeArguments] - as above
        stream.in_pipeline = True
        return self._part(stream)

    @property
    def parts(self) -> tuple[AnyTable | AnyStream, ...]:
        """The parts that this pipeline has."""
        return tuple(
            part for part in (self.table, self.stream, self.dead_letter_queue) if part is not None
        )

    def _inherited(self, given: C) -> C:
        """Return a copy of a part's config that takes over what only the pipeline says."""
        update: Mapping[str, Any] = {
            name: getattr(self.config, name)
            for name in ("life_cycle", "version", "metadata")
            if getattr(given, name) is None and getattr(self.config, name) is not None
        }
        return given.model_copy(update=update)

    def _part(self, part: Any) -> Any:  # noqa: ANN401 - table or stream, returned as it came
        part.source = self.source
        return part


AnyPipeline: TypeAlias = IngestPipeline[Any]
