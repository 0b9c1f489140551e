"""Compare views in the server's spelling, and ask what risk and statements rest on."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.live.tables import read_facts
from moose_dagster.live.views import LiveViews
from moose_dagster.normalize.expressions import formatted
from moose_dagster.normalize.set_operations import same_set_operations
from moose_dagster.risk.views import ViewFacts
from moose_dagster.sql.environment import matches
from moose_dagster.sql.shown_secrets import redacted_keys
from moose_dagster.sql.views import create_view, parse_view
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.views import (
    View,
    ViewKind,
    fill_undeclared_view,
    replaces_rows,
    without_columns,
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides in the server's spelling.

    Attributes:
        live: The live views.
        desired: The declared views.
        unknown: The views whose query the server could not read.
    """

    live: Mapping[ViewId, View]
    desired: Mapping[ViewId, View]
    unknown: tuple[ViewId, ...] = ()


def compare_views(
    clickhouse: ClickHouse,
    live: Mapping[ViewId, View],
    desired: Mapping[ViewId, View],
    *,
    environment: Mapping[str, str] | None = None,
) -> Compared:
    """Return both sides so that what means the same, or can't be read, is equal.

    Args:
        clickhouse: The server whose spelling counts.
        live: As read.
        desired: As declared.
        environment: Where the secrets of dictionaries are; that of the process if not given.
    """
    environment = os.environ if environment is None else environment
    both = sorted(live.keys() & desired.keys())
    differing = [
        view for view in both if fill_undeclared_view(desired[view], live[view]) != live[view]
    ]
    texts = {view: (create_view(live[view]), create_view(desired[view])) for view in differing}
    answers = (
        formatted(clickhouse, (text for pair in texts.values() for text in pair)) if texts else {}
    )
    lives = dict(live)
    desired_views = dict(desired)
    unknown = list[ViewId]()
    for view in both:
        live_view = live[view]
        desired_view = desired[view]
        if view in texts:
            printed, written = (answers.get(text) for text in texts[view])
            if printed is None or written is None:
                unknown.append(view)
                desired_views[view] = live_view
                continue
            live_view = replace(
                parse_view(view, live_view.kind, printed),
                comment=live_view.comment,
                columns=live_view.columns,
            )
            stored = parse_view(view, desired_view.kind, written)
            desired_view = replace(
                stored,
                comment=desired_view.comment,
                has_column_list=desired_view.has_column_list,
                reads=tuple(dict.fromkeys((*desired_view.reads, *stored.reads))),
            )
            if redacted_keys(live_view.query) == redacted_keys(desired_view.query):
                # Of `encrypt(mode, text, key)` the server shows the mode alone.
                live_view = replace(live_view, query=desired_view.query)
            if live_view.query != desired_view.query and same_set_operations(
                clickhouse, live_view.query, desired_view.query
            ):
                desired_view = replace(desired_view, query=live_view.query)
        live_view, desired_view = _without_undeclared(live_view, desired_view, environment)
        lives[view] = live_view
        desired_views[view] = desired_view
    return Compared(lives, desired_views, tuple(unknown))


def read_view_facts(
    clickhouse: ClickHouse, read: LiveViews, both: Compared, managed: Collection[ViewId]
) -> dict[ViewId, ViewFacts]:
    """Return what risk and statements rest on, with a query for each changed view."""
    targets = _target_rows(clickhouse, both)
    facts = dict[ViewId, ViewFacts]()
    for view in {*both.live, *both.desired}:
        live = both.live.get(view)
        desired = both.desired.get(view)
        changed = (
            live is not None
            and desired is not None
            and (live.query, live.inner) != (desired.query, desired.inner)
        )
        inner = read.views[view].inner if view in read.views else None
        facts[view] = ViewFacts(
            storage=read.storage.get(view, ""),
            rows=(read.facts[view].rows or 0) if view in read.storage else 0,
            columns=tuple(column.name for column in inner.columns if column.is_stored)
            if inner
            else (),
            target_rows=targets.get(desired.target, 0) if desired and desired.target else 0,
            outputs=_outputs(clickhouse, desired)
            if desired and changed and view in managed and inner
            else (),
            taken_by=read.taken.get(view, ""),
        )
    return facts


def _without_undeclared(
    live: View, desired: View, environment: Mapping[str, str]
) -> tuple[View, View]:
    if live.kind is desired.kind is ViewKind.DICTIONARY and matches(
        live.query, desired.query, environment
    ):
        desired = replace(desired, query=live.query)
    if desired.inner is None or not desired.inner.columns:
        live = without_columns(live)
        desired = without_columns(desired)
    live = replace(live, reads=desired.reads, has_column_list=desired.has_column_list)
    return live, fill_undeclared_view(desired, live)


def _target_rows(clickhouse: ClickHouse, both: Compared) -> dict[TableId, int]:
    """Return the rows of tables that a declared view would replace as a whole."""
    targets = {
        view.target
        for view in both.desired.values()
        if view.target is not None and replaces_rows(view) and both.live.get(view.id) != view
    }
    return {table: facts.rows or 0 for table, facts in read_facts(clickhouse, targets).items()}


def _outputs(clickhouse: ClickHouse, view: View) -> tuple[str, ...]:
    try:
        return tuple(str(row[0]) for row in clickhouse.query(f"DESCRIBE TABLE ({view.query})"))
    except ServerError:
        return ()  # it reads what the same plan makes
