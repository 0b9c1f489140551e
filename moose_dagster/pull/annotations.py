"""ClickHouse types as the Python annotations that declare them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from moose_dagster.declare.type_names import INTERVALS
from moose_dagster.pull.layout import Node, call, flat, keyword, literal, subscript
from moose_dagster.pull.models import Helpers
from moose_dagster.sql.elements import unquoted
from moose_dagster.sql.quoting import text_in
from moose_dagster.state.tokens import bracketed, split_top_level
from moose_dagster.state.types import enum_members, named_element

# Types that the library exports under ClickHouse's own name.
_EXPORTED = (
    *("Int8", "Int16", "Int32", "Int128", "Int256"),
    *("UInt8", "UInt16", "UInt32", "UInt64", "UInt128", "UInt256"),
    *("BFloat16", "Float32", "Time", *INTERVALS),
    *("Point", "Ring", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
)
_PLAIN = {
    "String": "str",
    "Bool": "bool",
    "Int64": "int",
    "Float64": "float",
    "UUID": "UUID",
    "IPv4": "IPv4Address",
    "IPv6": "IPv6Address",
    "Date32": "dt.date",
    "DateTime('UTC')": "dt.datetime",
    "JSON": "dict[str, Any]",
    **{name: name for name in _EXPORTED},
}
# The Python type that clickhouse-connect returns, for types written as ClickHouseType("...").
_PYTHON = {"DateTime": "dt.datetime", "DateTime64": "dt.datetime"}
_INT8_LIMIT = 128
_MIXED = {"JSON": "dict[str, Any]", "Nested": "list[dict[str, Any]]"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A Python type with its marks.

    Attributes:
        base: The type.
        marks: What is in `Annotated` beside it.
        optional: Whether None is allowed.
    """

    base: Node
    marks: tuple[Node, ...] = field(default=())
    optional: bool = False

    @property
    def node(self) -> Node:
        """The annotation as Python."""
        base = f"{flat(self.base)} | None" if self.optional else self.base
        return subscript("Annotated", base, *self.marks) if self.marks else base

    def marked(self, *marks: Node) -> "Annotation":
        """Return it with more *marks*."""
        return replace(self, marks=(*self.marks, *marks))


def exact_annotation(type_: str, base: Node = "Any") -> Annotation:
    """Return the annotation that names *type_* as ClickHouse text."""
    return Annotation(base, (call("ClickHouseType", literal(type_)),))


def annotation_of(type_: str, name: str, helpers: Helpers) -> Annotation:
    """Return the most natural annotation of *type_*.

    Args:
        type_: The type as the server spells it.
        name: What a class for it is called.
        helpers: Takes the classes that the annotation needs.
    """
    if type_ in _PLAIN:
        return Annotation(_PLAIN[type_])
    kind, inside, _ = bracketed(type_)
    if kind in _KINDS:
        natural = _KINDS[kind](split_top_level(inside), name, helpers)
        if natural is not None:
            return natural
    return exact_annotation(type_, _PYTHON.get(kind) or _MIXED.get(kind, "Any"))


Arguments = tuple[str, ...]


def _date(_arguments: Arguments, _name: str, _helpers: Helpers) -> Annotation:
    return Annotation("dt.date", (call("ClickhouseSize", "2"),))


def _datetime64(arguments: Arguments, _name: str, _helpers: Helpers) -> Annotation | None:
    is_plain = len(arguments) == 1
    mark = call("ClickhousePrecision", *arguments)
    return Annotation("dt.datetime", (mark,)) if is_plain else None


def _time64(arguments: Arguments, _name: str, _helpers: Helpers) -> Annotation:
    return Annotation("dt.timedelta", (call("ClickhousePrecision", *(arguments or ("3",))),))


def _fixed_string(arguments: Arguments, _name: str, _helpers: Helpers) -> Annotation:
    return Annotation("str", (call("FixedString", *arguments),))


def _decimal(arguments: Arguments, _name: str, _helpers: Helpers) -> Annotation:
    digits, places = arguments
    return Annotation(
        "Decimal",
        (call("Field", keyword("max_digits", digits), keyword("decimal_places", places)),),
    )


def _enum(kind: str) -> Callable[[Arguments, str, Helpers], Annotation]:
    def annotation(arguments: Arguments, name: str, helpers: Helpers) -> Annotation:
        text = f"{kind}({', '.join(arguments)})"
        members = enum_members(text) or {}
        labels = [text_in(label) for label in members]
        # An Enum of texts is numbered from 1 in its order, and becomes the narrower of the two
        # types.
        natural = "Enum8" if len(labels) < _INT8_LIMIT else "Enum16"
        if text == f"{natural}({_numbered(members)})":
            return Annotation(helpers.enum(name, labels))
        return exact_annotation(text, subscript("Literal", *map(literal, labels)))

    return annotation


def _numbered(members: Mapping[str, int]) -> str:
    return ", ".join(f"{label} = {number}" for number, label in enumerate(members, start=1))


def _nullable(arguments: Arguments, name: str, helpers: Helpers) -> Annotation | None:
    [type_] = arguments
    inner = annotation_of(type_, name, helpers)
    # Formatters break a group before `| None` in different ways.
    return replace(inner, optional=True) if isinstance(inner.base, str) else None


def _low_cardinality(arguments: Arguments, name: str, helpers: Helpers) -> Annotation:
    return annotation_of(arguments[0], name, helpers).marked('"LowCardinality"')


def _array(arguments: Arguments, name: str, helpers: Helpers) -> Annotation:
    return Annotation(subscript("list", annotation_of(arguments[0], name, helpers).node))


def _map(arguments: Arguments, name: str, helpers: Helpers) -> Annotation | None:
    key, value = arguments
    values = annotation_of(value, name, helpers)
    if values.base == "Any" or flat(values.base).startswith("dict[str, Any]"):
        values = exact_annotation(value, values.base)
    keys = annotation_of(key, f"{name}Key", helpers)
    return Annotation(subscript("dict", keys.node, values.node))


def _tuple(arguments: Arguments, name: str, helpers: Helpers) -> Annotation | None:
    elements = [named_element(argument) for argument in arguments]
    if not elements:
        return None
    if not all(label for label, _ in elements):
        parts = (
            annotation_of(type_, f"{name}{number}", helpers).node
            for number, (_, type_) in enumerate(elements, 1)
        )
        return Annotation(subscript("tuple", *parts))
    return Annotation(
        helpers.model(name, [(unquoted(label), type_) for label, type_ in elements], annotation_of)
    )


def _simple_aggregate(arguments: Arguments, name: str, helpers: Helpers) -> Annotation | None:
    function, type_ = arguments
    inner = annotation_of(type_, name, helpers)
    if isinstance(inner.base, str) and inner.base not in {"Any", "dict[str, Any]"}:
        return Annotation(
            inner.base, (call("SimpleAggregateFunction", literal(function), inner.node),)
        )
    return None


_KINDS: Mapping[str, Callable[[Arguments, str, Helpers], Annotation | None]] = {
    "Date": _date,
    "DateTime64": _datetime64,
    "Time64": _time64,
    "FixedString": _fixed_string,
    "Decimal": _decimal,
    "Enum8": _enum("Enum8"),
    "Enum16": _enum("Enum16"),
    "Nullable": _nullable,
    "LowCardinality": _low_cardinality,
    "Array": _array,
    "Map": _map,
    "Tuple": _tuple,
    "SimpleAggregateFunction": _simple_aggregate,
}
