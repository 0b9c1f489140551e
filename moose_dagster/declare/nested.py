"""Nested columns as ClickHouse keeps them by default: one array per element, `n.a` and `n.b`."""

from collections.abc import Iterator
from dataclasses import replace

from moose_dagster.declare.faults import Fault
from moose_dagster.declare.models import ModelColumns
from moose_dagster.declare.type_faults import element_of
from moose_dagster.state.canonical import canonical_codec
from moose_dagster.state.tables import Column
from moose_dagster.state.tokens import bracketed, split_top_level


def flattened(model: ModelColumns) -> ModelColumns:
    """Return *model* with each Nested column as the dotted columns that the server makes of it."""
    if not any(column.type.startswith("Nested(") for column in model.columns):
        return model
    columns = dict[str, Column]()
    faults = list(model.faults)
    renames = dict[str, str]()
    for column in model.columns:
        for name, part in _parts(column):
            if part.name in columns:
                faults.append(
                    Fault(
                        f"a second column is called {part.name}; rename one of the two.",
                        (column.name,),
                    )
                )
            columns[part.name] = part
            if column.name in model.renames:
                renames[part.name] = model.renames[column.name] + name
    return replace(
        model,
        columns=tuple(columns.values()),
        by_name=columns,
        renames=renames,
        faults=tuple(faults),
    )


def _parts(column: Column) -> Iterator[tuple[str, Column]]:
    kind, inside, _ = bracketed(column.type)
    if kind != "Nested":
        yield "", column
        return
    for element in split_top_level(inside):
        name, type_ = element_of(element)
        array = f"Array({type_})"
        codec = canonical_codec(column.codec, array)
        yield f".{name}", replace(column, name=f"{column.name}.{name}", type=array, codec=codec)
