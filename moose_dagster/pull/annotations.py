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

_PLAIN = {
    "String": "str", "Bool": "bool", "Int64": "int", "Float64": "float", "UUID": "UUID", "IPv4": "IPv4Address",
    "IPv6": "IPv6Address", "Date32": "dt.date", "DateTime('UTC')": "dt.datetime", "JSON": "dict[str, Any]",
    **{name: name for name in (
        "Int8", "Int16", "Int32", "Int128", "Int256", "UInt8", "UInt16", "UInt32", "UInt64", "UInt128", "UInt256",
        "BFloat16", "Float32", "Time", *INTERVALS,
        "Point", "Ring", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
    )},
}  # fmt: skip
# What clickhouse-connect reads as, where nothing but the type's own text tells the type.
_PYTHON = {"DateTime": "dt.datetime", "DateTime64": "dt.datetime"}
_MIXED = {"JSON": "dict[str, Any]", "Nested": "list[dict[str, Any]]"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A Python type, what is annotated around it, and whether it may be None."""

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
    """Return the annotation that says *type_* in ClickHouse's words."""
    return Annotation(base, (call("ClickHouseType", literal(type_)),))


def annotation_of(type_: str, name: str, helpers: Helpers) -> Annotation:
    """Return the most natural annotation of *type_*.

    Args:
        type_: The type as the server spells it.
        name: What a class made for it is called.
        helpers: Takes the classes that the annotation needs.
    """
    if type_ in _PLAIN:
        return Annotation(_PLAIN[type_])
    kind, inside, _ = bracketed(type_)
    made = _KINDS[kind](split_top_level(inside), name, helpers) if kind in _KINDS else None
    return made or exact_annotation(type_, _PYTHON.get(kind) or _MIXED.get(kind, "Any"))


Arguments = tuple[str, ...]


def _date(_arguments: Arguments, _name: str, _helpers: Helpers) -> Annotation:
    return Annotation("dt.date", (call("ClickhouseSize", "2"),))


def _datetime64(arguments: Arguments, _name: str, _helpers: Helpers) -> Annotation | None:
    is_plain = len(arguments) == 1
    return (
        Annotation("dt.datetime", (call("ClickhousePrecision", arguments[0]),))
        if is_plain
        else None
    )


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
        if text == f"{'Enum8' if len(labels) < 128 else 'Enum16'}({_numbered(members)})":  # noqa: PLR2004 - Int8
            return Annotation(helpers.enum(name, labels))
        return exact_annotation(text, subscript("Literal", *map(literal, labels)))

    return annotation


def _numbered(members: Mapping[str, int]) -> str:
    return ", ".join(f"{label} = {number}" for number, label in enumerate(members, start=1))


def _nullable(arguments: Arguments, name: str, helpers: Helpers) -> Annotation | None:
    [type_] = arguments
    inner = annotation_of(type_, name, helpers)
    # A group with `| None` behind it may take several lines, each formatter's in its own way.
    return replace(inner, optional=True) if isinstance(inner.base, str) else None


def _low_cardinality(arguments: Arguments, name: str, helpers: Helpers) -> Annotation:
    return annotation_of(arguments[0], name, helpers).marked('"LowCardinality"')


def _array(arguments: Arguments, name: str, helpers: Helpers) -> Annotation:
    return Annotation(subscript("list", annotation_of(arguments[0], name, helpers).node))


def _map(arguments: Arguments, name: str, helpers: Helpers) -> Annotation | None:
    key, value = arguments
    there = annotation_of(value, name, helpers)
    if there.base == "Any" or flat(there.base).startswith("dict[str, Any]"):
        there = exact_annotation(value, there.base)
    return Annotation(subscript("dict", annotation_of(key, f"{name}Key", helpers).node, there.node))


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
