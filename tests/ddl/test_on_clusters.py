"""Every kind of statement about every kind of table that several hosts may have, as exact SQL.

The files in `on_clusters` are reviewed like code. `MOOSE_WRITE_GOLDEN=1` writes them again, for a
change that is meant.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.tables import statements_of
from moose_dagster.ddl.trash import trashed_by
from moose_dagster.plan.policy import Verdict
from moose_dagster.state.tables import Column, Engine, Table
from moose_dagster.testing import a_column, a_table, plan_of

FOLDER = Path(__file__).parent / "on_clusters"
NAMES = Names(stamp="20260131T235959")
DEFAULT = ("'/clickhouse/tables/{uuid}/{shard}'", "'{replica}'")
EXPLICIT = ("'/clickhouse/tables/{shard}/orders'", "'{replica}'")


@dataclass(frozen=True)
class Kind:
    """A kind of table.

    Attributes:
        desired: Its engine as it is declared.
        live: Its engine as the server shows it.
        cluster: Its declared cluster, "" for none.
        catalog: The engine of its database where that says something.
        other_replicas: How many other hosts have it without a cluster.
    """

    desired: Engine
    live: Engine
    cluster: str = ""
    catalog: str = ""
    other_replicas: int = 0


PLAIN = Engine("MergeTree")
REPLICATED = Engine("ReplicatedMergeTree")
KINDS = {
    "plain": Kind(PLAIN, PLAIN),
    "plain_on_cluster": Kind(PLAIN, PLAIN, "main"),
    "default_path_on_cluster": Kind(REPLICATED, replace(REPLICATED, arguments=DEFAULT), "main"),
    "default_path": Kind(REPLICATED, replace(REPLICATED, arguments=DEFAULT)),
    "explicit_path_on_cluster": Kind(
        replace(REPLICATED, arguments=EXPLICIT), replace(REPLICATED, arguments=EXPLICIT), "main"
    ),
    "explicit_path": Kind(
        replace(REPLICATED, arguments=EXPLICIT), replace(REPLICATED, arguments=EXPLICIT)
    ),
    "explicit_path_and_other_replicas": Kind(
        replace(REPLICATED, arguments=EXPLICIT),
        replace(REPLICATED, arguments=EXPLICIT),
        other_replicas=2,
    ),
    "shared": Kind(PLAIN, Engine("SharedMergeTree", DEFAULT), "main", "Shared"),
    "replicated_database": Kind(
        REPLICATED, replace(REPLICATED, arguments=DEFAULT), "main", "Replicated"
    ),
    "plain_in_replicated_database": Kind(PLAIN, PLAIN, "", "Replicated"),
}
COLUMNS = ("id Int64", "note String", "amount Int64")


def live_of(kind: Kind, *columns: Column | str, **facets: Any) -> Table:
    return a_table(*columns, engine=kind.live, **facets)


def desired_of(kind: Kind, *columns: Column | str, **facets: Any) -> Table:
    return a_table(*columns, engine=kind.desired, **facets)


def changes_of(kind: Kind) -> Iterator[tuple[str, Table | None, Table | None]]:
    """Yield the name, the live and the desired side of each change."""
    live = live_of(kind, *COLUMNS)
    yield "create", None, desired_of(kind, *COLUMNS)
    yield "add a column", live, desired_of(kind, *COLUMNS, "more UInt8")
    narrow = live_of(kind, "id Int64", "note String", "amount Int32")
    note = a_column("note String", comment="for people")
    commented = desired_of(kind, "id Int64", note, "amount Int64", comment="paid orders")
    yield "widen a column, comment another one and the table", narrow, commented
    yield "drop a column", live, desired_of(kind, "id Int64", "note String")
    yield "another setting", live, desired_of(kind, *COLUMNS, settings={"ttl_only_drop_parts": "1"})
    yield "another ORDER BY", live, desired_of(kind, *COLUMNS, order_by=("note",))
    yield "drop", live, None


def written(kind: Kind) -> str:
    """Return all statements about tables of *kind*, and why there are none."""
    lines = list[str]()
    for title, live, desired in changes_of(kind):
        lines += (f"-- {title}", *lines_of(kind, live, desired), "")
    return "\n".join(lines)


def lines_of(kind: Kind, live: Table | None, desired: Table | None) -> Iterator[str]:
    """Yield the statements of one change, or the reason why there are none."""
    table = live or desired
    assert table is not None
    plan = plan_of(
        live,
        desired,
        clusters={table.id: kind.cluster} if kind.cluster else {},
        catalogs={"shop": kind.catalog} if kind.catalog else {},
        other_replicas={table.id: kind.other_replicas},
    )
    for step in plan.steps:
        if step.verdict is Verdict.BLOCK:
            yield f"-- BLOCK: {step.reason}"
    for action in plan.actions:
        yield from (f"{statement};" for statement in statements_of(action, NAMES))
        for trashed in trashed_by(action, NAMES):
            yield f"-- in the trash: {trashed.name} of {trashed.cluster or 'this server'}"


@pytest.mark.parametrize("name", KINDS)
def test_the_statements_are_those_that_were_reviewed(name):
    path = FOLDER / f"{name}.sql"

    found = written(KINDS[name])

    if os.environ.get("MOOSE_WRITE_GOLDEN"):
        path.write_text(found)
    assert found == path.read_text()
