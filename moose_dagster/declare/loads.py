"""How the messages of a topic become rows of a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.topics import TopicId
from moose_dagster.state.views import View, ViewKind

WINDOW = "non_replicated_deduplication_window"
_WINDOW_SIZE = "10000"
_COMPUTED = frozenset({"MATERIALIZED", "ALIAS"})
_REPLICATED = ("Replicated", "Shared")


class BatchLoad(BaseModel):
    """Runs of `moose_load` read the topic and insert its messages: `StreamConfig(load=...)`.

    A message is JSON with the aliases of the model's fields. It becomes a row exactly once, also
    where a run is killed.

    Attributes:
        format: How a message is written; "json" is the only format.
        batch_messages: The most messages that one INSERT holds, 1 to 1,000,000.
        batch_bytes: The most bytes of messages that one INSERT holds, 1 or more.
        without_queue: What a run does with a message that is not valid where the stream has no
            dead letter queue. "stop" loads the messages before it and fails; "skip" counts it.
        exactly_once: Whether each message has to become exactly one row, in tables that
            materialized views fill as well. False also takes tables that can't recognize a repeated
            INSERT; a run that was killed may then load the messages of one batch twice.
        lag_messages: The check `lag` fails where a partition has more messages than this that are
            not loaded; 0 or more.
        lag_seconds: It also fails where one of them is older than this, in seconds; 0 or more.
        dead_letters: The check `dead_letters` fails where more dead letters than this wait; 0 or
            more.
        freshness_seconds: The check `freshness` fails where no message became a row for so long, in
            seconds; 0 or more. None means no such check.
    """

    # A project reports unknown fields, all of them together.
    model_config = ConfigDict(extra="allow", frozen=True)

    format: str = "json"
    batch_messages: int = 50_000
    batch_bytes: int = 16 * 1024 * 1024
    without_queue: Literal["stop", "skip"] = "stop"
    exactly_once: bool = True
    lag_messages: int = 100_000
    lag_seconds: float = 3600.0
    dead_letters: int = 0
    freshness_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class DeclaredLoad:
    """A topic whose messages are loaded into a table.

    Attributes:
        topic: The topic that is read.
        table: The table that gets the rows.
        dead_letters: The topic for messages that are not valid; None means none.
        model: What one message holds.
        computed: The columns of the table that the server computes, which no message has.
        how: The options.
    """

    topic: TopicId
    table: TableId
    dead_letters: TopicId | None
    model: type[BaseModel]
    computed: frozenset[str]
    how: BatchLoad


def load_faults(load: BatchLoad, *, has_queue: bool) -> Iterator[Fault]:
    """Yield what is wrong with the options of a load."""
    for name in load.model_extra or {}:
        known = did_you_mean(name, BatchLoad.model_fields)
        yield Fault(f"BatchLoad has no such field{known}", ("load", name))
    if load.format != "json":
        yield Fault(
            f"messages in the format {load.format!r} can't be loaded; write JSON, or leave load "
            "out and load them yourself.",
            ("load", "format"),
        )
    if not 1 <= load.batch_messages <= 1_000_000:  # noqa: PLR2004 - as the message says
        yield Fault(
            f"{load.batch_messages} messages can't be one INSERT; write 1 to 1,000,000.",
            ("load", "batch_messages"),
        )
    if load.batch_bytes < 1:
        yield Fault(
            f"{load.batch_bytes} bytes can't be one INSERT; write 1 or more.",
            ("load", "batch_bytes"),
        )
    for name in ("lag_messages", "lag_seconds", "dead_letters", "freshness_seconds"):
        threshold = getattr(load, name)
        if threshold is not None and threshold < 0:
            yield Fault(f"{threshold} can't be a threshold; write 0 or more.", ("load", name))
    if has_queue and load.without_queue == "skip":
        yield Fault(
            'without_queue="skip" skips messages that are not valid, and the stream has a dead '
            "letter queue for them; drop one of the two.",
            ("load", "without_queue"),
        )


def computed_columns(columns: Mapping[str, Column]) -> frozenset[str]:
    """Return the columns that nobody can write to."""
    return frozenset(
        name
        for name, column in columns.items()
        if column.default is not None and column.default.kind in _COMPUTED
    )


def with_windows(
    tables: Mapping[TableId, Table],
    views: Mapping[ViewId, View],
    loads: Mapping[TopicId, DeclaredLoad],
    life_cycles: Mapping[ResourceId, LifeCycle],
) -> dict[TableId, Table]:
    """Return *tables* where those that are loaded recognize an INSERT that is sent again.

    The tables that materialized views fill from them need the same: measured on 26.9, a view runs
    again for a repeated INSERT, and only its own table knows the rows.
    """
    found = dict(tables)
    for table_id in _filled(views, loads):
        table = tables.get(table_id)
        if table is None or life_cycles[table_id] is LifeCycle.EXTERNALLY_MANAGED:
            continue
        is_plain = table.engine.is_merge_tree and not table.engine.name.startswith(_REPLICATED)
        if is_plain and WINDOW not in table.settings:
            settings = {**table.settings, WINDOW: _WINDOW_SIZE}
            found[table_id] = replace(table, settings=dict(sorted(settings.items())))
    return found


def _filled(
    views: Mapping[ViewId, View], loads: Mapping[TopicId, DeclaredLoad]
) -> dict[TableId, None]:
    """Return the tables that loads fill, by themselves or through materialized views."""
    filled = dict[TableId, None]()
    remaining = [load.table for load in loads.values() if load.how.exactly_once]
    while remaining:
        table = remaining.pop()
        if table in filled:
            continue
        filled[table] = None
        for view in views.values():
            follows = view.kind is ViewKind.MATERIALIZED_VIEW and not view.refresh
            if follows and view.target is not None and table in view.reads:
                remaining.append(view.target)
    return filled
