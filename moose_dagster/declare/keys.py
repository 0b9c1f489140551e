"""ORDER BY and PRIMARY KEY from a table's config and its `Key[T]` fields."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.declare.models import ModelColumns
from moose_dagster.declare.statement_settings import statement_settings
from moose_dagster.declare.tables import OlapConfig
from moose_dagster.sql.elements import unquoted
from moose_dagster.sql.quoting import name_in_expression
from moose_dagster.state.canonical import canonical_setting, key_elements
from moose_dagster.state.tables import Column, without_direction
from moose_dagster.state.tokens import bracketed, tokens

_SUSPICIOUS = "allow_suspicious_primary_key"
# ClickHouse 26.9 refuses them in a key with code 549.
_INCOMPARABLE = frozenset(
    {"JSON", "Dynamic", "Variant", "AggregateFunction", "SimpleAggregateFunction"}
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a table.

    Attributes:
        order_by: The elements of the sorting key.
        primary_key: The elements of the primary key; None means the sorting key.
    """

    order_by: tuple[str, ...]
    primary_key: tuple[str, ...] | None


def keys_of(config: OlapConfig, model: ModelColumns) -> Keys:
    """Return the keys of a table: what its config says, else its `Key[T]` fields, else none."""
    primary_key = tuple(name_in_expression(name) for name in model.keys) or None
    if config.primary_key_expression:
        primary_key = key_elements((config.primary_key_expression,))
    if config.order_by_fields:
        order_by = tuple(name_in_expression(name) for name in config.order_by_fields)
    elif config.order_by_expression:
        order_by = key_elements((config.order_by_expression,))
    else:
        order_by = primary_key or ()
    return Keys(order_by, None if primary_key == order_by else primary_key)


def key_faults(config: OlapConfig, model: ModelColumns) -> Iterator[Fault]:
    """Yield what is wrong with the keys of a table."""
    if config.order_by_fields and config.order_by_expression:
        yield Fault("order_by_fields and order_by_expression are both given; keep one.")
        return
    unknown = tuple(_unknown_fields(config, model.by_name))
    yield from unknown
    keys = keys_of(config, model)
    yield from _element_faults(keys, config, model.by_name)
    if not unknown:
        yield from _prefix_faults(keys, config)
    yield from _ttl_faults(keys, config, model.columns)


def _unknown_fields(config: OlapConfig, columns: Mapping[str, Column]) -> Iterator[Fault]:
    seen = set[str]()
    for name in config.order_by_fields:
        if name in seen:
            yield Fault(f"order_by_fields names {name} twice; drop one.")
        elif name not in columns and not name.replace("_", "").isalnum():
            yield Fault(
                f"order_by_fields holds {name!r}, which is not a column; use order_by_expression."
            )
        elif name not in columns:
            yield Fault(
                f"order_by_fields names {name}, which is not a column{did_you_mean(name, columns)}"
            )
        seen.add(name)


def _element_faults(
    keys: Keys, config: OlapConfig, columns: Mapping[str, Column]
) -> Iterator[Fault]:
    elements = dict.fromkeys((*keys.order_by, *(keys.primary_key or ())))
    for element in elements:
        column = columns.get(element) or columns.get(unquoted(element))
        if column is not None:
            yield from _column_faults(column, config)


def _column_faults(column: Column, config: OlapConfig) -> Iterator[Fault]:
    words = set(tokens(column.type))
    path = (column.name,)
    if not column.is_stored and column.default:
        yield Fault(
            f"a key can't use an {column.default.kind} column; it is not stored. Choose another.",
            path,
        )
    if "Nullable" in words and not _allows_nullable_key(config):
        yield Fault(
            "a key column can't be Nullable; drop Optional, take it out of the key or set "
            "allow_nullable_key=1 in settings.",
            path,
        )
    if "SimpleAggregateFunction" in words and statement_settings(config).get(_SUSPICIOUS) == "1":
        return
    if words & _INCOMPARABLE:
        yield Fault(
            f"{column.type} has no order that a key could use; take it out of the key.", path
        )


def _ttl_faults(keys: Keys, config: OlapConfig, columns: Iterable[Column]) -> Iterator[Fault]:
    """Yield the columns with a TTL that a key uses; ClickHouse refuses them with code 44."""
    elements = (*keys.order_by, *(keys.primary_key or ()), config.partition_by or "")
    for column in columns:
        if column.ttl and any(_uses_whole(element, column.name) for element in elements):
            yield Fault(
                "a column of ORDER BY, PRIMARY KEY or PARTITION BY can't have a TTL; "
                "take ClickHouseTTL off, or the column out of the key.",
                (column.name,),
            )


def _uses_whole(element: str, name: str) -> bool:
    """Tell whether a key element uses the column *name* itself; `name.a` is a column of its own."""
    pieces = [*(token for token in tokens(element) if token.strip()), ""]
    return any(
        unquoted(piece) == name and after not in {"(", "."} for piece, after in pairwise(pieces)
    )


def _prefix_faults(keys: Keys, config: OlapConfig) -> Iterator[Fault]:
    if keys.primary_key is None:
        return
    primary_key = _compact(tuple(map(without_direction, keys.primary_key)))
    order_by = _compact(tuple(map(without_direction, keys.order_by)))
    if order_by[: len(primary_key)] == primary_key:
        return
    origin = "the Key fields"
    remedy = "put them first or drop Key"
    if config.primary_key_expression:
        origin = "primary_key_expression"
        remedy = "change one of them"
    yield Fault(
        f"PRIMARY KEY ({', '.join(keys.primary_key)}) from {origin} must be the start of "
        f"ORDER BY ({', '.join(keys.order_by)}); {remedy}."
    )


def _compact(elements: tuple[str, ...]) -> tuple[str, ...]:
    if len(elements) == 1:
        name, inside, rest = bracketed(elements[0])
        # A tuple is `tuple((a, b))` as the only element of a key, and `(a, b)` among others.
        elements = (inside,) if name == "tuple" and inside and not rest else elements
    return tuple("".join(filter(str.strip, tokens(element))) for element in elements)


def _allows_nullable_key(config: OlapConfig) -> bool:
    value = (config.settings or {}).get("allow_nullable_key", False)
    return canonical_setting(str(value)) == "1"
