"""A project: the declarations that are checked, planned and owned together."""

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final, cast

from pydantic import BaseModel

from moose_dagster.declare.desired import Desired, desired_table, table_faults, table_id
from moose_dagster.declare.faults import Fault
from moose_dagster.declare.models import ModelColumns, columns_of
from moose_dagster.declare.names import name_faults
from moose_dagster.declare.tables import AnyTable, OlapConfig, OlapTable
from moose_dagster.errors import DeclarationError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.tables import State, Table, TableId

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")


class Project:
    """Resources that belong together, checked on construction.

    Args:
        name: The owner recorded on the server.
        resources: OlapTables, and modules that hold some.
        database: Where tables live whose config names no database.

    Raises:
        DeclarationError: Something is wrong; it lists every fault.
    """

    def __init__(self, name: str, resources: Iterable[AnyTable | ModuleType], *, database: str = "default") -> None:
        collected = _Collected(database)
        collected.check_project(name)
        for table in _tables(resources, collected.faults):
            collected.add(table)
        if collected.faults:
            raise DeclarationError(collected.faults)
        self.name: Final = name
        self.database: Final = database
        self.tables: Final[Mapping[TableId, AnyTable]] = collected.declared
        self.desired: Final = _desired(collected)

    @classmethod
    def from_module(cls, name: str, module: ModuleType | str, *, database: str = "default") -> "Project":
        """Return the project of every OlapTable that *module* (or the module of that path) holds."""
        found = importlib.import_module(module) if isinstance(module, str) else module
        return cls(name, [found], database=database)

    def __repr__(self) -> str:
        return f"Project({self.name!r}, {len(self.tables)} tables)"


@dataclass(slots=True)
class _Collected:
    database: str
    faults: list[str] = field(default_factory=list[str])
    declared: dict[TableId, AnyTable] = field(default_factory=dict[TableId, AnyTable])
    states: dict[TableId, Table] = field(default_factory=dict[TableId, Table])
    models: dict[type[BaseModel], ModelColumns] = field(default_factory=dict[type[BaseModel], ModelColumns])

    def check_project(self, name: str) -> None:
        if not _NAME.match(name):
            self.faults.append(
                f"the project name {name!r} can't be an owner; use 1 to 64 letters, digits, dots, - and _."
            )
        self.faults.extend(fault.message for fault in name_faults(self.database, "project's database"))

    def add(self, table: AnyTable) -> None:
        try:
            model = self._columns(_model_of(table))
        except DeclarationError as error:
            self.faults.extend(error.faults)
            return
        id_ = table_id(table, self.database)
        twin = self.declared.setdefault(id_, table)
        if twin is not table:
            message = f"{id_} is declared at {twin.source} already; rename one of the two."
            self.faults.append(_sentence(table, Fault(message)))
            return
        faults = tuple(table_faults(id_, table.config, model))
        self.faults.extend(_sentence(table, fault) for fault in faults)
        if not faults:
            self.states[id_] = desired_table(id_, table.config, model)

    def _columns(self, model: type[BaseModel]) -> ModelColumns:
        if model not in self.models:
            self.models[model] = columns_of(model)
        return self.models[model]


def _desired(collected: _Collected) -> Desired:
    declared = collected.declared
    return Desired(
        state=State(collected.states),
        life_cycles={id_: table.config.life_cycle or LifeCycle.FULLY_MANAGED for id_, table in declared.items()},
        sources={id_: table.source for id_, table in declared.items()},
        metadata={id_: dict(table.config.metadata or {}) for id_, table in declared.items()},
    )


def _tables(resources: Iterable[AnyTable | ModuleType], faults: list[str]) -> Iterator[AnyTable]:
    seen = set[int]()
    for position, resource in enumerate(resources):
        for table in _tables_in(resource, position, faults):
            if id(table) not in seen:
                seen.add(id(table))
                yield table


def _tables_in(resource: object, position: int, faults: list[str]) -> Iterable[AnyTable]:
    if isinstance(resource, ModuleType):
        held = (cast("AnyTable", value) for value in vars(resource).values() if isinstance(value, OlapTable))
        return sorted(held, key=lambda table: table.source)
    if isinstance(resource, OlapTable):
        return (cast("AnyTable", resource),)
    faults.append(f"resource {position} is of type {type(resource).__name__}; pass OlapTables, or modules with some.")
    return ()


def _model_of(table: AnyTable) -> type[BaseModel]:
    _require(table, table.name, str)
    _require(table, table.config, OlapConfig)
    return table.model


def _require(table: AnyTable, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        message = f"{value!r} stands where {kind.__name__} belongs."
        raise DeclarationError([_sentence(table, Fault(message))])


def _sentence(table: AnyTable, fault: Fault) -> str:
    return f"{'.'.join((str(table.name), *fault.path))} ({table.source}): {fault.message}"
