"""A pydantic model as the columns of a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from moose_dagster.declare.annotations import Unwrapped, unwrapped
from moose_dagster.declare.columns import (
    DEFAULT_KINDS,
    ClickHouseCodec,
    ClickHouseEphemeral,
    ClickHouseTTL,
    ColumnProperty,
    KeyMark,
)
from moose_dagster.declare.expressions import expression_fault
from moose_dagster.declare.faults import Fault, Faults, FaultsError, fault
from moose_dagster.declare.fields import column_name, fields_of
from moose_dagster.declare.names import name_faults
from moose_dagster.declare.types import type_text
from moose_dagster.state.canonical import canonical
from moose_dagster.state.tables import Column, Default, Table, TableId

_UNSTORED = frozenset({"ALIAS", "EPHEMERAL"})


@dataclass(frozen=True, slots=True)
class ModelColumns:
    """What a model says about every table declared with it.

    `keys` names the `Key[T]` columns in declared order.
    """

    columns: tuple[Column, ...]
    by_name: Mapping[str, Column]
    keys: tuple[str, ...]
    faults: tuple[Fault, ...]


def columns_of(model: type[BaseModel]) -> ModelColumns:
    """Return the columns of *model* in their canonical spelling, with every fault found on the way."""
    faults, found, keys = Faults(), dict[str, Column](), list[str]()
    try:
        fields = fields_of(model)
    except FaultsError as error:
        return ModelColumns((), {}, (), error.faults)
    for field_name, info in fields.items():
        with faults.at(field_name):
            column = _column(column_name(field_name, info), info, model)
            if column.name in found:
                raise fault(f"a second column is called {column.name}; give one of the two another alias.")
            found[column.name] = column
            if unwrapped(info.annotation, info.metadata).mark(KeyMark):
                keys.append(column.name)
    columns = canonical(Table(TableId("", ""), tuple(found.values()))).columns
    return ModelColumns(columns, {column.name: column for column in columns}, tuple(keys), tuple(faults.found))


def _column(name: str, info: FieldInfo, model: type[BaseModel]) -> Column:
    seen = unwrapped(info.annotation, info.metadata)
    wrong = (*name_faults(name, "column"), *_property_faults(seen))
    if wrong:
        raise FaultsError(wrong)
    return Column(
        name=name,
        type=type_text(info.annotation, info.metadata, (model,)),
        default=next(_defaults(seen), None),
        codec=_expression(seen, ClickHouseCodec),
        comment=info.description or "",
        ttl=_expression(seen, ClickHouseTTL),
    )


def _property_faults(seen: Unwrapped) -> Iterator[Fault]:
    properties = (mark for mark in seen.marks if isinstance(mark, ColumnProperty))
    for mark in properties:
        if not mark.expression.strip() and not isinstance(mark, ClickHouseEphemeral):
            yield Fault(f"{type(mark).__name__} is empty; write an expression or take it off.")
        problem = expression_fault(mark.expression, several=isinstance(mark, ClickHouseCodec))
        if problem:
            yield Fault(f"{type(mark).__name__} {mark.expression!r} {problem}; write one ClickHouse expression.")
    kinds = [default.kind for default in _defaults(seen)]
    if len(kinds) > 1:
        yield Fault(f"{' and '.join(kinds)} exclude each other; keep one.")
    if "ALIAS" in kinds and _expression(seen, ClickHouseCodec):
        yield Fault("an ALIAS column stores nothing that a codec could compress; take ClickHouseCodec off.")


def _defaults(seen: Unwrapped) -> Iterator[Default]:
    for mark in seen.marks:
        if isinstance(mark, ColumnProperty) and type(mark) in DEFAULT_KINDS:
            yield Default(DEFAULT_KINDS[type(mark)], mark.expression)


def _expression(seen: Unwrapped, kind: type[ColumnProperty]) -> str:
    mark = seen.mark(kind)
    return mark.expression if mark else ""


def is_stored(column: Column) -> bool:
    """Tell whether the values of *column* are on disk, so that a key can use them."""
    return column.default is None or column.default.kind not in _UNSTORED
