"""Which declared streams are loaded into which tables, and what is wrong with that."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from moose_dagster.declare.collect import sentence
from moose_dagster.declare.desired import table_id
from moose_dagster.declare.faults import Fault
from moose_dagster.declare.loads import BatchLoad, DeclaredLoad, computed_columns, load_faults
from moose_dagster.declare.models import ModelColumns
from moose_dagster.declare.streams import AnyStream, DeadLetterQueue
from moose_dagster.declare.tables import AnyTable
from moose_dagster.declare.topics import topic_id
from moose_dagster.sql.moves import Moves
from moose_dagster.state.names import TableId
from moose_dagster.state.topics import TopicId


@dataclass(frozen=True, slots=True)
class StreamLoads:
    """Finds the loads of a project.

    Attributes:
        database: Where tables live whose config names no database.
        tables: The declared tables.
        streams: The declared streams.
        columns_of: Returns the columns of a model.
        found: The loads without faults, by their topics.
    """

    database: str
    tables: Mapping[TableId, AnyTable]
    streams: Mapping[TopicId, AnyStream]
    columns_of: Callable[[type[BaseModel]], ModelColumns]
    found: dict[TopicId, DeclaredLoad] = field(default_factory=dict[TopicId, DeclaredLoad])

    def faults(self, default: BatchLoad | None) -> Iterator[str]:
        """Find every load, and yield what is wrong with those that can't be made.

        Args:
            default: How the stream of a pipeline is loaded that says nothing else.
        """
        for topic, stream in self.streams.items():
            is_default = stream.in_pipeline and stream.config.destination is not None
            load = stream.config.load or (default if is_default else None)
            if load is not None:
                faults = list(self._faults_of(topic, stream, load))
                yield from (sentence(stream, fault) for fault in faults)

    def _faults_of(self, topic: TopicId, stream: AnyStream, load: BatchLoad) -> Iterator[Fault]:
        destination = stream.config.destination
        queue = stream.config.default_dead_letter_queue
        if isinstance(stream, DeadLetterQueue):
            yield Fault("a dead letter queue is not loaded; leave load out.", ("load",))
            return
        if destination is None:
            yield Fault("load needs a table; write destination=table.", ("load",))
            return
        yield from load_faults(load, has_queue=queue is not None)
        table = table_id(destination, self.database)
        queue_topic = topic_id(queue) if queue is not None else None
        for name, is_declared in (
            (table, table in self.tables),
            (queue_topic, queue_topic is None or queue_topic in self.streams),
        ):
            if not is_declared:
                yield Fault(f"{name} is not part of the project; add it there.", ("load",))
        columns = self.columns_of(destination.model).by_name
        for name in self.columns_of(stream.model).by_name:
            if name not in columns:
                yield Fault(
                    f"{table} has no column {name}, so its values would be lost; add the column, "
                    "or take the field out of the stream's model.",
                    ("load",),
                )
        computed = computed_columns(columns)
        self.found[topic] = DeclaredLoad(topic, table, queue_topic, stream.model, computed, load)


def moved_loads(
    loads: Mapping[TopicId, DeclaredLoad], moves: Moves
) -> Mapping[TopicId, DeclaredLoad]:
    """Return *loads* with the names of an environment."""
    moved = [
        replace(
            load,
            topic=moves.topic(load.topic),
            table=moves.place(load.table),
            dead_letters=moves.topic(load.dead_letters) if load.dead_letters else None,
        )
        for load in loads.values()
    ]
    return {load.topic: load for load in moved}
