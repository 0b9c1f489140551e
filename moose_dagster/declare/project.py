"""A project: the declarations that are checked, planned and owned together."""

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final

from pydantic import BaseModel

from moose_dagster.declare.collect import Declaration, Declared, collected, sentence
from moose_dagster.declare.desired import (
    Desired,
    desired_table,
    table_faults,
    table_id,
    unloadable_faults,
)
from moose_dagster.declare.desired_views import desired_view, model_of, view_faults, view_id
from moose_dagster.declare.environments import (
    OWNER_NAME,
    VARIABLE,
    Environment,
    chosen_environment,
    in_environment,
    moves_to,
)
from moose_dagster.declare.faults import Fault
from moose_dagster.declare.loads import BatchLoad, DeclaredLoad, with_windows
from moose_dagster.declare.misplaced_secrets import (
    misplaced_in_table,
    misplaced_in_topic,
    misplaced_in_view,
)
from moose_dagster.declare.models import ModelColumns, columns_of
from moose_dagster.declare.names import name_faults
from moose_dagster.declare.nested import flattened
from moose_dagster.declare.removed import Removed, clash_of, removed_faults, removed_id
from moose_dagster.declare.renames import earlier_table, table_rename_faults
from moose_dagster.declare.secrets import Secret
from moose_dagster.declare.statement_settings import flattens_nested, statement_settings
from moose_dagster.declare.stream_loads import StreamLoads, moved_loads
from moose_dagster.declare.streams import AnyStream, Stream
from moose_dagster.declare.table_engine import secrets_of
from moose_dagster.declare.tables import AnyTable
from moose_dagster.declare.topics import collision_name, desired_topic, topic_faults, topic_id
from moose_dagster.declare.views import VIEWS, AnyView, MaterializedView
from moose_dagster.errors import DeclarationError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.sql.moves import Moves
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.owner import Owner
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Table
from moose_dagster.state.topics import Topic, TopicId
from moose_dagster.state.views import View


class Project:
    """Resources that belong together, checked on construction.

    Args:
        name: The owner recorded on the server.
        resources: OlapTables, Streams, IngestPipelines, views, dictionaries, Removed for what left
            the code on purpose, and modules that hold some.
        database: Where tables live whose config names no database.
        approval: Whether what loses something waits until exactly that is approved, whatever the
            life cycle allows.
        environment: The environment, or its name; None means that of the environment variable
            MOOSE_DAGSTER_ENVIRONMENT, and no environment without one.
        environments: The environments that there are; one of them has to be chosen before a server
            is compared. By default, any name is an environment that changes no names.
        load: How the stream of an IngestPipeline gets into its table where its config has no load
            of its own: `BatchLoad()`. None means that somebody else writes the rows.

    Attributes:
        name: The name of the project.
        database: The default database, in the environment.
        declared_database: The default database as declared, without an environment.
        moves: The names that the environment gives to what is declared.
        environment: The chosen environment, or None.
        approval: Whether what loses something waits for its approval.
        tables: The declared tables, by their names in the environment.
        streams: The declared streams, by their topics in the environment.
        views: The declared views and dictionaries, by their names in the environment.
        loads: The topics whose messages are loaded into tables, by their names in the environment.
        desired: The desired state.

    Raises:
        DeclarationError: Something is wrong; it lists every fault.
    """

    def __init__(  # noqa: PLR0913 - every part of a project has a default
        self,
        name: str,
        resources: Iterable[Declaration | ModuleType],
        *,
        database: str = "default",
        approval: bool = False,
        environment: Environment | str | None = None,
        environments: Iterable[Environment] = (),
        load: BatchLoad | None = None,
    ) -> None:
        self._load: Final = load
        self._declarations: Final = tuple(resources)
        self.declared_database: Final = database
        self._environments: Final = tuple(environments)
        checked = _Checked(database)
        checked.check_project(name)
        for declared in collected(self._declarations, checked.faults):
            checked.add(declared)
        checked.check_renames()
        checked.check_removed()
        checked.check_loads(load)
        if checked.faults:
            raise DeclarationError(checked.faults)
        chosen = chosen_environment(name, environment, self._environments)
        desired = _desired(checked)
        self.moves: Final = moves_to(desired, chosen) if chosen else Moves()
        self.name: Final = name
        self.database: Final = chosen.database(database) if chosen else database
        self.environment: Final = chosen
        self.approval: Final = approval
        self.tables: Final[Mapping[TableId, AnyTable]] = self.moves.keys(checked.tables)
        self.streams: Final[Mapping[TopicId, AnyStream]] = self.moves.keys(checked.streams)
        self.views: Final[Mapping[ViewId, AnyView]] = self.moves.keys(checked.views)
        self.loads: Final = moved_loads(checked.loads, self.moves)
        self.desired: Final = in_environment(desired, chosen) if chosen else desired

    @property
    def owner(self) -> Owner:
        """Whose entries of the ledger a run of this project reads and writes.

        Raises:
            DeclarationError: The project has environments, and none is chosen.
        """
        if self._environments and self.environment is None:
            names = ", ".join(environment.name for environment in self._environments)
            fault = (
                f"{self.name} has the environments {names}, and none is chosen; give "
                f"--environment, set {VARIABLE}, or write Project(..., environment=...)."
            )
            raise DeclarationError([fault])
        named = [table.database for table in (*self.tables, *self.views)]
        return Owner(
            project=self.name,
            environment=self.environment.name if self.environment else "",
            database=self.database,
            databases=frozenset((self.database, *named)),
            topics=frozenset(self.streams),
        )

    @property
    def has_branches(self) -> bool:
        """Whether an environment is a pattern, such as `pr-*`, which stands for many."""
        return any("*" in environment.name for environment in self._environments)

    def in_environment(self, environment: Environment | str | None) -> "Project":
        """Return the same declarations in another environment.

        Args:
            environment: The environment, or its name; None returns this project.

        Raises:
            DeclarationError: The project has no such environment, or a name can't be one in it.
        """
        if environment is None:
            return self
        return Project(
            self.name,
            self._declarations,
            database=self.declared_database,
            approval=self.approval,
            environment=environment,
            environments=self._environments,
            load=self._load,
        )

    @classmethod
    def from_module(
        cls,
        name: str,
        module: ModuleType | str,
        *,
        database: str = "default",
        environments: Iterable[Environment] = (),
        load: BatchLoad | None = None,
    ) -> "Project":
        """Return the project of everything that a module declares.

        Args:
            name: The owner recorded on the server.
            module: The module, or its dotted name, such as `shop.tables`, which is imported.
            database: Where tables live whose config names no database.
            environments: The environments that there are; by default, any name is one.
            load: How the stream of an IngestPipeline gets into its table, as above.

        Raises:
            DeclarationError: Something is wrong; it lists every fault.
            ImportError: There is no such module.
        """
        loaded = importlib.import_module(module) if isinstance(module, str) else module
        return cls(name, [loaded], database=database, environments=environments, load=load)

    def __repr__(self) -> str:
        counts = (
            counted(len(self.tables), "table"),
            counted(len(self.streams), "stream"),
            counted(len(self.views), "view"),
        )
        return f"Project({self.name!r}, {', '.join(counts)})"


@dataclass(slots=True)
class _Checked:
    database: str
    faults: list[str] = field(default_factory=list[str])
    tables: dict[TableId, AnyTable] = field(default_factory=dict[TableId, AnyTable])
    streams: dict[TopicId, AnyStream] = field(default_factory=dict[TopicId, AnyStream])
    views: dict[ViewId, AnyView] = field(default_factory=dict[ViewId, AnyView])
    places: dict[TableId, Declared] = field(default_factory=dict[TableId, Declared])
    table_states: dict[TableId, Table] = field(default_factory=dict[TableId, Table])
    column_renames: dict[TableId, Mapping[str, str]] = field(
        default_factory=dict[TableId, Mapping[str, str]]
    )
    table_renames: dict[TableId, TableId] = field(default_factory=dict[TableId, TableId])
    topic_states: dict[TopicId, Topic] = field(default_factory=dict[TopicId, Topic])
    view_states: dict[ViewId, View] = field(default_factory=dict[ViewId, View])
    models: dict[type[BaseModel], ModelColumns] = field(
        default_factory=dict[type[BaseModel], ModelColumns]
    )
    removed: dict[ResourceId, Removed] = field(default_factory=dict[ResourceId, Removed])
    topic_names: dict[str, AnyStream] = field(default_factory=dict[str, AnyStream])
    loads: dict[TopicId, DeclaredLoad] = field(default_factory=dict[TopicId, DeclaredLoad])

    def check_project(self, name: str) -> None:
        if not OWNER_NAME.match(name):
            self.faults.append(
                f"the project name {name!r} can't be an owner; "
                "use 1 to 64 letters, digits, dots, - and _."
            )
        self.faults.extend(
            fault.message for fault in name_faults(self.database, "project's database")
        )

    def add(self, declared: Declared | Removed) -> None:
        try:
            if isinstance(declared, Removed):
                self._add_removed(declared)
            elif isinstance(declared, Stream):
                self._add_stream(declared)
            elif isinstance(declared, VIEWS):
                self._add_view(declared)
            else:
                self._add_table(declared)
        except DeclarationError as error:
            self.faults.extend(error.faults)

    def check_renames(self) -> None:
        for id_, message in table_rename_faults(self.table_renames, self.tables):
            self.faults.append(sentence(self.tables[id_], Fault(message)))

    def check_removed(self) -> None:
        declared = {**self.tables, **self.streams, **self.views}
        sources = {id_: declaration.source for id_, declaration in declared.items()}
        for id_, removed in self.removed.items():
            fault = clash_of(id_, sources, self.table_renames.values())
            if fault:
                self.faults.append(sentence(removed, fault))

    def check_loads(self, default: BatchLoad | None) -> None:
        loads = StreamLoads(self.database, self.tables, self.streams, self._columns, self.loads)
        self.faults.extend(loads.faults(default))

    def _add_removed(self, removed: Removed) -> None:
        id_ = removed_id(removed, self.database)
        self.faults.extend(sentence(removed, fault) for fault in removed_faults(removed, id_))
        if id_ is not None:
            first = self.removed.setdefault(id_, removed)
            if first is not removed:
                twin = Fault(f"{id_} is removed at {first.source} already.")
                self.faults.append(sentence(removed, twin))

    def _add_table(self, table: AnyTable) -> None:
        model = self._columns(table.model)
        if flattens_nested(table.config):
            model = flattened(model)
        id_ = table_id(table, self.database)
        if self._is_twin(id_, table, self.places.setdefault(id_, table)):
            return
        self.tables[id_] = table
        faults = tuple(table_faults(id_, table.config, model))
        self.faults.extend(sentence(table, fault) for fault in faults)
        if not faults:
            desired = self.table_states[id_] = desired_table(id_, table.config, model)
            self.faults.extend(sentence(table, fault) for fault in misplaced_in_table(desired))
            if table.config.life_cycle is not LifeCycle.EXTERNALLY_MANAGED:
                self.faults.extend(sentence(table, fault) for fault in unloadable_faults(desired))
            if model.renames:
                self.column_renames[id_] = model.renames
            earlier = earlier_table(table.config.renamed_from or "", id_.database)
            if earlier:
                self.table_renames[id_] = earlier

    def _add_view(self, view: AnyView) -> None:
        id_ = view_id(view, self.database)
        if self._is_twin(id_, view, self.places.setdefault(id_.place, view)):
            return
        self.views[id_] = view
        model = model_of(view)
        columns = self._columns(model) if model else None
        target = view.target_table if isinstance(view, MaterializedView) else None
        of_target = self._columns(target.model) if target else None
        faults = tuple(view_faults(view, self.database, columns, of_target))
        self.faults.extend(sentence(view, fault) for fault in faults)
        if not faults:
            desired = self.view_states[id_] = desired_view(view, self.database, columns)
            self.faults.extend(sentence(view, fault) for fault in misplaced_in_view(desired))

    def _add_stream(self, stream: AnyStream) -> None:
        id_ = topic_id(stream)
        if self._is_twin(id_, stream, self.streams.setdefault(id_, stream)):
            return
        other = self.topic_names.setdefault(collision_name(id_), stream)
        faults = [*topic_faults(stream)]
        _ = stream.model  # a stream without [Model] is a fault as well
        if other is not stream:
            faults.append(
                Fault(
                    f"Kafka treats it and {other.name} ({other.source}) as the same name; "
                    "rename one of the two."
                )
            )
        self.faults.extend(sentence(stream, fault) for fault in faults)
        if not faults:
            desired = self.topic_states[id_] = desired_topic(stream)
            self.faults.extend(sentence(stream, fault) for fault in misplaced_in_topic(desired))

    def _is_twin(self, id_: ResourceId, declared: Declared, first: Declared) -> bool:
        if first is declared:
            return False
        message = f"{id_} is declared at {first.source} already; rename one of the two."
        self.faults.append(sentence(declared, Fault(message)))
        return True

    def _columns(self, model: type[BaseModel]) -> ModelColumns:
        if model not in self.models:
            self.models[model] = columns_of(model)
        return self.models[model]


def _desired(checked: _Checked) -> Desired:
    declared: dict[ResourceId, Declared] = {**checked.tables, **checked.streams, **checked.views}
    life_cycles = {
        id_: declaration.config.life_cycle or LifeCycle.FULLY_MANAGED
        for id_, declaration in declared.items()
    }
    sources = {id_: declaration.source for id_, declaration in declared.items()}
    metadata = {
        id_: dict(declaration.config.metadata or {}) for id_, declaration in declared.items()
    }
    clusters: dict[ResourceId, str] = {
        id_: declaration.config.cluster
        for id_, declaration in [*checked.tables.items(), *checked.views.items()]
        if declaration.config.cluster
    }
    labels_only = {
        id_: labels
        for id_, table in checked.tables.items()
        if (labels := checked.models[table.model].labels_only)
    }
    settings = {
        id_: of_table
        for id_, table in checked.tables.items()
        if (of_table := statement_settings(table.config))
    }
    requests = {id_: removed.removal_request for id_, removed in checked.removed.items()}
    secrets: dict[ResourceId, tuple[Secret, ...]] = {
        id_: of_table
        for id_, table in checked.tables.items()
        if (of_table := secrets_of(table.config))
    }
    return Desired(
        state=State(
            with_windows(checked.table_states, checked.view_states, checked.loads, life_cycles),
            checked.topic_states,
            checked.view_states,
        ),
        life_cycles=life_cycles,
        sources=sources,
        metadata=metadata,
        clusters=clusters,
        column_renames=checked.column_renames,
        table_renames=checked.table_renames,
        labels_only=labels_only,
        statement_settings=settings,
        removal_requests=requests,
        secrets=secrets,
    )
