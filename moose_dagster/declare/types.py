"""Python types as ClickHouse types."""

from collections import abc
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import accumulate
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, RootModel

from moose_dagster.declare.aggregates import AggregateFunction, SimpleAggregateFunction
from moose_dagster.declare.annotations import Unwrapped, unwrapped
from moose_dagster.declare.columns import ClickHouseType, ColumnMark
from moose_dagster.declare.enums import enum_type, literal_type
from moose_dagster.declare.faults import Fault, Faults, FaultsError, fault
from moose_dagster.declare.fields import column_name, fields_of
from moose_dagster.declare.json_type import ClickHouseJson, json_text
from moose_dagster.declare.scalars import scalar_type
from moose_dagster.declare.type_faults import type_faults
from moose_dagster.sql.quoting import quoted_name
from moose_dagster.state.tokens import bracketed, tokens
from moose_dagster.state.types import canonical_type, is_nullable

_LISTS = frozenset({list, set, frozenset, abc.Sequence, abc.Set})
_DICTS = frozenset({dict, abc.Mapping, abc.MutableMapping})
# Moose's geometry words, each with the Python shape it needs.
_GEOMETRIES = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Tuple(Float64, Float64))",
    "LineString": "Array(Tuple(Float64, Float64))",
    "Polygon": "Array(Array(Tuple(Float64, Float64)))",
    "MultiLineString": "Array(Array(Tuple(Float64, Float64)))",
    "MultiPolygon": "Array(Array(Array(Tuple(Float64, Float64))))",
}
_DEEPEST = 100
_HOLDS_NULL_ITSELF = frozenset({"Dynamic", "Variant"})
_NEVER_NULL = frozenset(
    {
        "Array",
        "Map",
        "Tuple",
        "Nested",
        "AggregateFunction",
        "SimpleAggregateFunction",
        *_GEOMETRIES,
    }
)

Parents = tuple[type[BaseModel], ...]


def type_text(annotation: object, marks: Iterable[object] = (), parents: Parents = ()) -> str:
    """Return the ClickHouse type of a field.

    Args:
        annotation: The field's annotation.
        marks: What pydantic has already taken off around it.
        parents: The models around the field, against endless recursion.
    """
    seen = unwrapped(annotation, marks)
    exact = seen.mark(ClickHouseType)
    merging = None if exact else _merging_text(seen, parents)
    if merging is not None:
        return merging  # NULL belongs inside, not around
    text = _exact_text(exact) if exact else _stored_text(seen, parents)
    if "LowCardinality" in seen.words():
        text = _low_cardinality(text)
    return _nullable(text) if seen.optional else text


def _exact_text(exact: ClickHouseType) -> str:
    if not exact.text.strip():
        raise fault(
            'ClickHouseType("") names no type; write one, such as ClickHouseType("UInt128").'
        )
    return _checked(exact.text.strip())


def _merging_text(seen: Unwrapped, parents: Parents) -> str | None:
    state = seen.mark(AggregateFunction)
    simple = seen.mark(SimpleAggregateFunction)
    if state:
        arguments = (state.agg_func, *(_inner(kind, parents) for kind in state.param_types))
        return _checked(f"AggregateFunction({', '.join(arguments)})")
    if simple:
        value = _inner(simple.arg_type, parents)
        value = _nullable(value) if seen.optional else value
        return _checked(f"SimpleAggregateFunction({simple.agg_func}, {value})")
    return None


def _stored_text(seen: Unwrapped, parents: Parents) -> str:
    json = seen.mark(ClickHouseJson)
    if json is None:
        return _derived_text(seen, parents)
    return canonical_type(json_text(json, _typed_paths(seen, parents)))


def _checked(text: str) -> str:
    # Types are read recursively, and so does the server: it stops at max_parser_depth (306).
    if _depth(text) > _DEEPEST:
        raise fault(f"the type is nested deeper than {_DEEPEST} levels; flatten it.")
    faults = [Fault(message) for message in type_faults(text)]
    if faults:
        raise FaultsError(faults)
    return canonical_type(text)


def _depth(text: str) -> int:
    steps = ((piece == "(") - (piece == ")") for piece in tokens(text))
    return max(accumulate(steps), default=0)


def _typed_paths(seen: Unwrapped, parents: Parents, prefix: str = "") -> Iterator[tuple[str, str]]:
    model: object = seen.base
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        if _bare_text(seen, parents) != "JSON":
            raise fault(
                "ClickHouseJson is for dict[str, Any], Any or a model; "
                "take it off or change the type."
            )
        return
    if model in parents:
        raise fault(f"{model.__name__} contains itself; a JSON column has paths of fixed types.")
    for field_name, info in fields_of(model).items():
        path = prefix + column_name(field_name, info)
        inside = unwrapped(info.annotation, info.metadata)
        if isinstance(inside.base, type) and issubclass(inside.base, BaseModel):
            yield from _typed_paths(inside, (*parents, model), f"{path}.")
        else:
            yield path, _inner(info.annotation, parents, info.metadata)


def _derived_text(seen: Unwrapped, parents: Parents) -> str:
    text = _bare_text(seen, parents)
    geometry = next((word for word in seen.words() if _GEOMETRIES.get(word) == text), None)
    return geometry or text


def _bare_text(seen: Unwrapped, parents: Parents) -> str:
    origin = get_origin(seen.base)
    arguments = get_args(seen.base)
    if seen.base is Any:
        return "JSON"
    if origin is Literal:
        text, holds_none = literal_type(arguments)
        return _nullable(text) if holds_none else text
    if origin in {Union, UnionType}:
        raise fault(
            f"{' | '.join(map(_name_of, arguments))} is a union of several types; choose one, "
            'or annotate ClickHouseType("Variant(...)").'
        )
    if origin in _LISTS:
        return f"Array({_inner(arguments[0], parents)})"
    if origin is tuple:
        return _tuple_text(arguments, parents)
    if origin in _DICTS:
        return _map_text(arguments[0], arguments[1], parents)
    return _class_text(seen, parents)


def _class_text(seen: Unwrapped, parents: Parents) -> str:
    kind: object = seen.base
    if isinstance(kind, type):
        if issubclass(kind, Enum):
            return enum_type(kind)
        if issubclass(kind, BaseModel):
            return _model_text(kind, parents)
        if kind in _LISTS or kind in _DICTS or kind is tuple:
            example = "dict[str, int]" if kind in _DICTS else f"{kind.__name__}[str]"
            raise fault(
                f"a bare {kind.__name__} does not say what is in it; write it like {example}."
            )
        text = scalar_type(seen)
        if text is not None:
            return text
    raise fault(
        f"{_name_of(seen.base)} has no ClickHouse type; "
        'annotate ClickHouseType("...") or change the type.'
    )


def _tuple_text(arguments: tuple[object, ...], parents: Parents) -> str:
    if not arguments:
        raise fault("an empty tuple has nothing to store; write tuple[int, str] or list[int].")
    if arguments[-1] is Ellipsis:
        return f"Array({_inner(arguments[0], parents)})"
    return f"Tuple({', '.join(_inner(argument, parents) for argument in arguments)})"


def _map_text(key: object, value: object, parents: Parents) -> str:
    key_text = _inner(key, parents)
    if key_text == "String" and value is Any:
        return "JSON"
    if is_nullable(key_text):
        raise fault("the keys of a Map can't be NULL; drop Optional from the key.")
    return f"Map({key_text}, {_inner(value, parents)})"


def _model_text(model: type[BaseModel], parents: Parents) -> str:
    if model in parents:
        raise fault(
            f"{model.__name__} contains itself; "
            "a column has one fixed shape, so store dict[str, Any]."
        )
    inside = (*parents, model)
    if issubclass(model, RootModel):
        return _inner(model.model_fields["root"].annotation, inside)
    faults = Faults()
    elements = list[str]()
    for field_name, info in fields_of(model).items():
        with faults.at(field_name):
            text = _inner(info.annotation, inside, info.metadata)
            elements.append(f"{_element_name(column_name(field_name, info))} {text}")
    if faults.found:
        raise FaultsError(faults.found)
    return f"Tuple({', '.join(elements)})"


def _inner(annotation: object, parents: Parents, marks: Iterable[object] = ()) -> str:
    marks = tuple(marks)
    mark = unwrapped(annotation, marks).mark(ColumnMark)
    if mark is not None:
        raise fault(
            f"{type(mark).__name__} is for a whole column; move it to a field of the table's model."
        )
    return type_text(annotation, marks, parents)


def _element_name(name: str) -> str:
    # ClickHouse keeps the element name `null` for the NULL map of the tuple (code 36).
    if not name.strip() or "`" in name or "\0" in name or name == "null":
        raise fault(f"{name!r} can't name a tuple element; give the field another alias.")
    return name if name.isidentifier() and name.isascii() else quoted_name(name)


def _low_cardinality(text: str) -> str:
    return text if bracketed(text)[0] == "LowCardinality" else _checked(f"LowCardinality({text})")


def _nullable(text: str) -> str:
    name, inside, _ = bracketed(text)
    if is_nullable(text) or name in _HOLDS_NULL_ITSELF:
        return text
    if name == "LowCardinality":
        return f"LowCardinality(Nullable({inside}))"
    if name in _NEVER_NULL:
        raise fault(f"{name} can't be NULL; drop Optional and use an empty default.")
    return f"Nullable({text})"


def _name_of(kind: object) -> str:
    return str(getattr(kind, "__name__", kind)).replace("typing.", "")
