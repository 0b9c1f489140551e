"""A live engine as the Python object that declares it."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from moose_dagster.declare import engines
from moose_dagster.declare.engines import EngineConfig
from moose_dagster.pull.layout import Node, call, keyword, listed, literal
from moose_dagster.sql.elements import unquoted
from moose_dagster.sql.quoting import text_in
from moose_dagster.state.canonical import key_elements
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Engine

# The fields of an engine that are names of columns, in the order of its arguments.
_BY_COLUMNS = {
    "ReplacingMergeTree": ("ver", "is_deleted"),
    "CollapsingMergeTree": ("sign",),
    "VersionedCollapsingMergeTree": ("sign", "ver"),
}
_BY_COLUMN_LIST = frozenset({"SummingMergeTree", "CoalescingMergeTree"})
_BUFFER = (
    *("num_layers", "min_time", "max_time", "min_rows", "max_rows", "min_bytes", "max_bytes"),
    *("flush_time", "flush_rows", "flush_bytes"),
)
_BY_TEXTS = {
    "File": ("format",),
    "GraphiteMergeTree": ("config_section",),
    "Kafka": ("broker_list", "topic_list", "group_name", "format"),
    "Merge": ("source_database", "tables_regexp"),
    "URL": ("url", "format", "compression"),
}
_WITHOUT = frozenset(
    {
        "AggregatingMergeTree",
        "EmbeddedRocksDB",
        "Log",
        "Memory",
        "Null",
        "Set",
        "StripeLog",
        "TinyLog",
    }
)
_MOST_BUFFER = 2 + len(_BUFFER)

Secrets = Callable[[], Node]
"""Returns the next secret of a table as Python."""


def engine_node(engine: Engine, next_secret: Secrets) -> Node | None:
    """Return *engine* as Python, or None for MergeTree, which is the default.

    Args:
        engine: The engine.
        next_secret: Called for each value that the server hides.
    """
    if engine.name.startswith("Shared"):
        # ClickHouse Cloud makes it of the plain one.
        engine = Engine(engine.plain_name, engine.own_arguments)
    if engine == Engine("MergeTree"):
        return None
    if engine.name.startswith("Replicated") and engine.keeper_path:
        return _replicated(engine) or other_engine(engine, next_secret)
    hides = any(REDACTED in argument for argument in engine.arguments)
    named = None if hides else _named(engine)
    return named or other_engine(engine, next_secret)


def other_engine(engine: Engine, next_secret: Secrets) -> Node:
    """Return *engine* as ClickHouse text, which works for any engine."""
    secrets = [next_secret() for _ in range(str(engine).count(REDACTED))]
    return call("OtherEngine", literal(str(engine)), *([listed(secrets)] if secrets else []))


def _named(engine: Engine) -> Node | None:
    name = engine.name
    arguments = engine.arguments
    if name in _WITHOUT and not arguments:
        return call(f"{name}Engine")
    if name in _BY_COLUMN_LIST and len(arguments) <= 1:
        columns = [unquoted(column) for column in key_elements(arguments)]
        return _engine(name, {"columns": listed(map(literal, columns))} if columns else {})
    if name in _BY_COLUMNS:
        return _filled(
            name, _BY_COLUMNS[name], arguments, lambda argument: literal(unquoted(argument))
        )
    if name in _BY_TEXTS and all(_is_text(argument) for argument in arguments):
        return _filled(
            name, _BY_TEXTS[name], arguments, lambda argument: literal(text_in(argument))
        )
    return _SPECIAL[name](arguments) if name in _SPECIAL else None


def _replicated(engine: Engine) -> Node | None:
    """Return a Replicated *engine* with its path and replica name, and what its plain one takes."""
    path, replica = engine.arguments[:2]
    arguments = engine.own_arguments
    place = _zipped(
        ("keeper_path", "replica_name"), [literal(text_in(path)), literal(text_in(replica))]
    )
    name = engine.plain_name
    fields: Mapping[str, Node] | None = None
    if not arguments:
        fields = {}
    elif name in _BY_COLUMN_LIST and len(arguments) == 1:
        columns = [literal(unquoted(column)) for column in key_elements(arguments)]
        fields = {"columns": listed(columns)}
    elif name in _BY_COLUMNS and len(arguments) <= len(_BY_COLUMNS[name]):
        columns = [literal(unquoted(argument)) for argument in arguments]
        fields = _zipped(_BY_COLUMNS[name], columns)
    elif name in _BY_TEXTS and all(map(_is_text, arguments)):
        texts = [literal(text_in(argument)) for argument in arguments]
        fields = _zipped(_BY_TEXTS[name], texts)
    return None if fields is None else _engine(engine.name, {**place, **fields})


def _buffer(arguments: Sequence[str]) -> Node | None:
    numbers = arguments[2:]
    if (
        len(arguments) > _MOST_BUFFER
        or not all(map(_is_text, arguments[:2]))
        or not all(map(str.isdigit, numbers))
    ):
        return None
    database, table = (literal(text_in(argument)) for argument in arguments[:2])
    return _engine(
        "Buffer", {"target_database": database, "target_table": table, **_zipped(_BUFFER, numbers)}
    )


def _distributed(arguments: Sequence[str]) -> Node | None:
    places = arguments[:3]
    more = arguments[3:]
    if not all(map(_is_text, places)) or (more[1:] and not _is_text(more[1])):
        return None
    fields = _zipped(
        ("cluster", "target_database", "target_table"),
        [literal(text_in(place)) for place in places],
    )
    fields |= _zipped(("sharding_key",), [literal(key) for key in more[:1]])
    return _engine(
        "Distributed",
        fields | _zipped(("policy_name",), [literal(text_in(policy)) for policy in more[1:]]),
    )


def _join(arguments: Sequence[str]) -> Node | None:
    strictness, kind, *keys = (*arguments, "", "")[: max(2, len(arguments))]
    columns = listed(literal(unquoted(column)) for column in keys)
    return _engine(
        "Join", {"strictness": literal(strictness), "type": literal(kind), "keys": columns}
    )


_SPECIAL: Mapping[str, Callable[[Sequence[str]], Node | None]] = {
    "Buffer": _buffer,
    "Distributed": _distributed,
    "Join": _join,
}


def _filled(
    name: str, fields: Sequence[str], arguments: Sequence[str], spell: Callable[[str], str]
) -> Node | None:
    if len(arguments) > len(fields):
        return None
    return _engine(name, _zipped(fields, [spell(argument) for argument in arguments]))


def _zipped(fields: Iterable[str], values: Iterable[Node]) -> dict[str, Node]:
    return dict(zip(fields, values, strict=False))


def _engine(name: str, fields: Mapping[str, Node]) -> Node | None:
    declared: type[EngineConfig] = getattr(engines, f"{name}Engine")
    if any(
        field.name not in fields and _is_required(field) for field in dataclasses.fields(declared)
    ):
        return None  # such as Kafka, which may say in its settings what it reads
    return call(f"{name}Engine", *(keyword(field, value) for field, value in fields.items()))


def _is_required(field: dataclasses.Field[object]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _is_text(argument: str) -> bool:
    return argument.startswith("'") and argument.endswith("'")
