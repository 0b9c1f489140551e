"""A pydantic model as the columns of a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from moose_dagster.declare.annotations import Unwrapped, unwrapped
from moose_dagster.declare.columns import (
    DEFAULT_KINDS,
    ClickHouseCodec,
    ClickHouseColumnSettings,
    ClickHouseEphemeral,
    ClickHouseStatistics,
    ClickHouseTTL,
    ClickHouseType,
    ColumnProperty,
    KeyMark,
    RenamedFrom,
)
from moose_dagster.declare.enums import names_labels_only
from moose_dagster.declare.faults import Fault, Faults, FaultsError, fault
from moose_dagster.declare.fields import column_name, fields_of
from moose_dagster.declare.names import name_faults
from moose_dagster.declare.one_expression import expression_fault
from moose_dagster.declare.renames import column_rename_faults
from moose_dagster.declare.secrets import secret_of
from moose_dagster.declare.storage import storage_faults
from moose_dagster.declare.types import type_text
from moose_dagster.state.canonical import canonical_codec, canonical_setting
from moose_dagster.state.tables import Column, Default
from moose_dagster.state.tokens import split_top_level


@dataclass(frozen=True, slots=True)
class ModelColumns:
    """What a model says about every table declared with it.

    Attributes:
        columns: The columns in declared order.
        by_name: The same by name.
        keys: The names of the `Key[T]` columns in declared order.
        renames: The earlier name of each renamed column by its name.
        labels_only: The columns whose Enums leave the numbers of their members open.
        faults: What is wrong with the model; its faulty fields are not among the columns.
    """

    columns: tuple[Column, ...]
    by_name: Mapping[str, Column]
    keys: tuple[str, ...]
    renames: Mapping[str, str]
    labels_only: frozenset[str]
    faults: tuple[Fault, ...]


def columns_of(model: type[BaseModel]) -> ModelColumns:
    """Return the columns of *model* in their canonical spelling, with its faults."""
    faults = Faults()
    columns = dict[str, Column]()
    keys = list[str]()
    renames = dict[str, str]()
    labels_only = set[str]()
    try:
        fields = fields_of(model)
    except FaultsError as error:
        return ModelColumns((), {}, (), {}, frozenset(), error.faults)
    for field_name, info in fields.items():
        with faults.at(field_name):
            seen = unwrapped(info.annotation, info.metadata)
            column = _column(column_name(field_name, info), info, seen, model)
            if column.name in columns:
                raise fault(
                    f"a second column is called {column.name}; give one of the two another alias."
                )
            columns[column.name] = column
            if seen.mark(KeyMark):
                keys.append(column.name)
            if names_labels_only(info.annotation) and not seen.mark(ClickHouseType):
                labels_only.add(column.name)
            renamed = seen.mark(RenamedFrom)
            if renamed:
                renames[column.name] = renamed.name
    return ModelColumns(
        columns=tuple(columns.values()),
        by_name=columns,
        keys=tuple(keys),
        renames=renames,
        labels_only=frozenset(labels_only),
        faults=(*faults.found, *column_rename_faults(renames, columns)),
    )


def _column(name: str, info: FieldInfo, seen: Unwrapped, model: type[BaseModel]) -> Column:
    wrong = (*name_faults(name, "column"), *_property_faults(seen))
    if wrong:
        raise FaultsError(wrong)
    type_ = type_text(info.annotation, info.metadata, (model,))
    column = Column(
        name=name,
        type=type_,
        default=next(_defaults(seen), None),
        codec=canonical_codec(_expression(seen, ClickHouseCodec), type_),
        comment=info.description or "",
        ttl=_expression(seen, ClickHouseTTL).strip(),
        statistics=_statistics(seen),
        settings=_settings(seen),
    )
    wrong = tuple(storage_faults(column))
    if wrong:
        raise FaultsError(wrong)
    return column


def _property_faults(seen: Unwrapped) -> Iterator[Fault]:
    properties = (mark for mark in seen.marks if isinstance(mark, ColumnProperty))
    for mark in properties:
        if secret_of(mark.expression):
            yield Fault(f"{type(mark).__name__} is a Secret; write a ClickHouse expression.")
            continue
        if not mark.expression.strip() and not isinstance(mark, ClickHouseEphemeral):
            yield Fault(f"{type(mark).__name__} is empty; write an expression or take it off.")
        problem = expression_fault(
            mark.expression, several=isinstance(mark, ClickHouseCodec | ClickHouseStatistics)
        )
        if problem:
            yield Fault(
                f"{type(mark).__name__} {mark.expression!r} {problem}; "
                "write one ClickHouse expression."
            )
    kinds = [default.kind for default in _defaults(seen)]
    if len(kinds) > 1:
        yield Fault(f"{' and '.join(kinds)} exclude each other; keep one.")


def _defaults(seen: Unwrapped) -> Iterator[Default]:
    for mark in seen.marks:
        if isinstance(mark, ColumnProperty) and type(mark) in DEFAULT_KINDS:
            yield Default(DEFAULT_KINDS[type(mark)], str(mark.expression).strip())


def _statistics(seen: Unwrapped) -> str:
    return ", ".join(sorted(split_top_level(_expression(seen, ClickHouseStatistics))))


def _settings(seen: Unwrapped) -> dict[str, str]:
    mark = seen.mark(ClickHouseColumnSettings)
    return {name: canonical_setting(str(value)) for name, value in mark.settings} if mark else {}


def _expression(seen: Unwrapped, kind: type[ColumnProperty]) -> str:
    mark = seen.mark(kind)
    return mark.expression if mark else ""
