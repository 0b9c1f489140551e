"""The engine that a table's config chooses, and whether the rest of the config fits it."""

from collections.abc import Iterator
from itertools import chain

from moose_dagster.declare.engines import (
    Argument,
    ClickHouseEngines,
    EngineConfig,
    MergeTreeEngine,
    OtherEngine,
    ReplacingMergeTreeEngine,
    SummingMergeTreeEngine,
    engine_config,
)
from moose_dagster.declare.engines.config import Clause
from moose_dagster.declare.faults import Fault
from moose_dagster.declare.keys import Keys, keys_of
from moose_dagster.declare.models import ModelColumns
from moose_dagster.declare.secrets import Secret, secret_of
from moose_dagster.declare.statement_settings import table_settings
from moose_dagster.declare.tables import OlapConfig
from moose_dagster.sql.current_database import in_database
from moose_dagster.sql.quoting import name_in_expression
from moose_dagster.sql.shown_secrets import redacted_engine
from moose_dagster.state.canonical import key_elements
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Engine

_PROJECTION_MODE = "deduplicate_merge_projection_mode"
_CLAUSES: dict[str, Clause] = {
    "order_by_fields": "ORDER BY",
    "order_by_expression": "ORDER BY",
    "primary_key_expression": "PRIMARY KEY",
    "partition_by": "PARTITION BY",
    "sample_by_expression": "SAMPLE BY",
    "ttl": "TTL",
    "settings": "SETTINGS",
    "indexes": "elements",
    "projections": "elements",
}


def chosen_engine(config: OlapConfig) -> EngineConfig:
    """Return the engine of a table."""
    if isinstance(config.engine, ClickHouseEngines):
        return engine_config(config.engine) or OtherEngine(config.engine.value)
    if config.engine is not None:
        return config.engine
    return ReplacingMergeTreeEngine() if config.deduplicate else MergeTreeEngine()


def engine_of(config: OlapConfig, database: str) -> Engine:
    """Return the engine of a table in *database* as a value to compare with a live engine."""
    engine = chosen_engine(config)
    return Engine(
        engine.engine_name(),
        tuple(in_database(argument.text, database) for argument in engine.arguments()),
    )


def secrets_of(config: OlapConfig) -> tuple[Secret, ...]:
    """Return the secret for each `[HIDDEN]` of a table's statement, in order."""
    arguments: Iterator[Argument] = chosen_engine(config).arguments()
    in_engine = chain.from_iterable(argument.secrets for argument in arguments)
    in_settings = (secret_of(value) for _, value in sorted((config.settings or {}).items()))
    return (*in_engine, *filter(None, in_settings))


def table_keys(config: OlapConfig, model: ModelColumns) -> Keys:
    """Return the keys of a table; outside the MergeTree family a `Key[T]` field sorts nothing."""
    if is_merge_tree(config):
        return keys_of(config, model)
    order_by = tuple(name_in_expression(name) for name in config.order_by_fields)
    primary_key = (
        key_elements((config.primary_key_expression,)) if config.primary_key_expression else ()
    )
    if config.order_by_expression:
        order_by = key_elements((config.order_by_expression,))
    if not primary_key and _needs_primary_key(chosen_engine(config)):
        primary_key = tuple(name_in_expression(name) for name in model.keys)
    return Keys(order_by, primary_key or None)


def is_merge_tree(config: OlapConfig) -> bool:
    """Tell whether the table's engine is one of the MergeTree family."""
    return Engine(chosen_engine(config).engine_name()).is_merge_tree


def engine_faults(config: OlapConfig, model: ModelColumns) -> Iterator[Fault]:
    """Yield what is wrong with the engine of a table, and what does not go with it."""
    engine = chosen_engine(config)
    if isinstance(config.engine, ClickHouseEngines) and engine_config(config.engine) is None:
        name = config.engine.value
        yield Fault(f"ClickHouseEngines.{name} needs arguments; write {name}Engine(...).")
        return
    if not engine.engine_name():
        yield Fault(
            f"{type(engine).__name__} names no engine; use one of this library's or OtherEngine."
        )
        return
    if config.deduplicate and not isinstance(engine, ReplacingMergeTreeEngine):
        yield Fault(
            "deduplicate=True means ReplacingMergeTree, and "
            f"engine is {engine.engine_name()}; keep one."
        )
    faults = tuple(engine.faults(model.by_name))
    yield from faults or _secret_faults(engine_of(config, ""))
    yield from _clause_faults(config, engine)
    yield from _column_ttl_faults(engine, model)
    yield from _key_faults(config, engine, model)
    yield from _projection_faults(config, engine)


def _secret_faults(engine: Engine) -> Iterator[Fault]:
    shown = redacted_engine(engine)
    if shown != engine:
        yield Fault(
            f"a password or key of {engine.name} is plain text in the code; "
            f'write OtherEngine("{shown}", [Secret("NAME")]) with a Secret for each {REDACTED}.'
        )


def _clause_faults(config: OlapConfig, engine: EngineConfig) -> Iterator[Fault]:
    for name, clause in _CLAUSES.items():
        given = table_settings(config) if name == "settings" else getattr(config, name)
        if given and clause not in engine.clauses:
            label = name if clause == "elements" else clause
            yield Fault(
                f"{engine.engine_name()} takes no {label}; take it out or choose another engine.",
                (name,),
            )


def _column_ttl_faults(engine: EngineConfig, model: ModelColumns) -> Iterator[Fault]:
    if "TTL" in engine.clauses:
        return
    for column in model.columns:
        if column.ttl:
            yield Fault(
                f"{engine.engine_name()} takes no TTL; "
                "take ClickHouseTTL off or choose another engine.",
                (column.name,),
            )


def _key_faults(config: OlapConfig, engine: EngineConfig, model: ModelColumns) -> Iterator[Fault]:
    keys = table_keys(config, model)
    if isinstance(engine, ReplacingMergeTreeEngine) and not keys.order_by:
        yield Fault(
            f"a {engine.kind} without ORDER BY keeps one row of all; name what makes a row "
            "unique in order_by_fields, or mark them with Key."
        )
    if isinstance(engine, SummingMergeTreeEngine):
        for name in engine.columns or ():
            if name_in_expression(name) in keys.order_by:
                yield Fault(
                    f"columns={name!r} is in the sorting key; take it out of one of the two."
                )
    if _needs_primary_key(engine) and not keys.primary_key:
        yield Fault(
            f"{engine.kind} needs a primary key; "
            "mark a field with Key or give primary_key_expression."
        )


def _projection_faults(config: OlapConfig, engine: EngineConfig) -> Iterator[Fault]:
    name = engine.engine_name()
    merges_rows = Engine(name).merges_rows
    # Error 344 on ClickHouse 26.9.
    if config.projections and merges_rows and _PROJECTION_MODE not in (config.settings or {}):
        yield Fault(
            f"{name} refuses projections by default; say in settings what a merge does with them: "
            f'{_PROJECTION_MODE}="rebuild" or "drop".',
            ("projections",),
        )


def _needs_primary_key(engine: EngineConfig) -> bool:
    return "PRIMARY KEY" in engine.clauses and "ORDER BY" not in engine.clauses
