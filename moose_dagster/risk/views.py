"""How bad a change of a view could be for the rows it holds and for the table it writes to."""

from dataclasses import dataclass

from typing_extensions import assert_never

from moose_dagster.diff import view_changes as changes
from moose_dagster.diff.view_changes import ViewChange
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.named_readers import assess_removed
from moose_dagster.state.counting import counted
from moose_dagster.state.graph import Reader
from moose_dagster.state.views import (
    View,
    ViewKind,
    appends,
    is_incremental,
    is_without_storage,
    replaces_rows,
)

_ELSEWHERE = "a copy on one host would miss the rows on the other hosts of the cluster"
# ClickHouse 26.9 keeps how far an incremental view has read, and refuses MODIFY QUERY and
# CREATE OR REPLACE of one (48).
_READ_AGAIN = "an incremental view that is made again adds every row of its source again"
_ANOTHER_VIEW = "Remove it, and declare a view of another name with a target of its own."
_ONLY_FROM_NOW = "rows that it has written are not computed again"


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """What is known of a view besides its definition.

    Attributes:
        storage: The quoted full name of the table of its own rows; "" for none.
        rows: How many rows that holds.
        columns: The columns of that table.
        target_rows: How many rows the declared target holds.
        outputs: The columns of the declared query; none where the server could not tell.
        taken_by: The engine of a table that has the view's name; "" for none.
    """

    storage: str = ""
    rows: int = 0
    columns: tuple[str, ...] = ()
    target_rows: int = 0
    outputs: tuple[str, ...] = ()
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class ViewContext:
    """What is known of a change of a view.

    Attributes:
        live: The live view; None for one to create.
        desired: The declared view; None for one to drop.
        changes: Every change of the view in this plan.
        facts: What is known besides the two definitions.
        cluster: The cluster whose hosts all have the view; "" for this server alone.
        catalog: The engine of the view's database where every host has its views without ON
            CLUSTER: Replicated or Shared; "" for others.
        readers: What reads the view once the plan is done.
    """

    live: View | None = None
    desired: View | None = None
    changes: tuple[ViewChange, ...] = ()
    facts: ViewFacts = ViewFacts()
    cluster: str = ""
    catalog: str = ""
    readers: tuple[Reader, ...] = ()

    @property
    def statement_cluster(self) -> str:
        """The cluster that statements are sent ON; "" where they reach every host by themselves."""
        return "" if self.catalog else self.cluster


def view_risk_of(change: ViewChange, context: ViewContext) -> Assessment:
    """Return how bad *change* could be where it stands."""
    match change:
        case changes.CreateView():
            return _creation(change.view, context)
        case changes.DropView():
            return _removal(change, context)
        case changes.ChangeViewKind():
            return _recreation(context)
        case changes.ChangeViewQuery():
            return _query_change(context)
        case changes.ChangeViewColumns() if context.live is not None and is_incremental(
            context.live
        ):
            return _query_change(context)
        case changes.ChangeViewColumns():
            return Assessment(
                Risk.SAFE,
                "the server keeps the old columns until the view is made again, as this plan does",
            )
        case changes.ChangeViewSecurity():
            return Assessment(
                Risk.SAFE,
                "only SQL SECURITY changes: the user with whose privileges the view reads",
            )
        case changes.ChangeViewTarget() | changes.ChangeViewStorage():
            return _recreation(context)
        case changes.ChangeRefresh():
            return _refresh_change(context)
        case changes.ChangeDictionary():
            return Assessment(Risk.SAFE, "it is loaded again from its source")
        case changes.ChangeViewComment():
            return Assessment(Risk.SAFE, "only the comment changes")
        case _:
            assert_never(change)


def _creation(view: View, context: ViewContext) -> Assessment:
    if context.facts.taken_by:
        return Assessment(Risk.IMPOSSIBLE, f"a table has that name ({context.facts.taken_by})")
    return _replacement(view, context) or Assessment(Risk.SAFE, "nothing stored is touched")


def _removal(change: changes.DropView, context: ViewContext) -> Assessment:
    lost = _loss(change, context)
    readers = assess_removed(context.readers)
    if readers is None or lost.risk is Risk.IMPOSSIBLE:
        return lost
    if readers.risk is Risk.IMPOSSIBLE:
        return readers
    return Assessment(lost.risk, f"{lost.why}; {readers.why}")


def _loss(change: changes.DropView, context: ViewContext) -> Assessment:
    if context.facts.storage:
        if context.cluster:
            return Assessment(
                Risk.IMPOSSIBLE, f"the view would disappear with its rows, and {_ELSEWHERE}"
            )
        return Assessment(
            Risk.DESTRUCTIVE,
            f"the view would disappear with its {counted(context.facts.rows, 'row')}",
        )
    rest = "stored rows stay" if change.kind is ViewKind.MATERIALIZED_VIEW else "it stores no rows"
    return Assessment(Risk.DESTRUCTIVE, f"the {change.kind.value.lower()} would disappear; {rest}")


def _query_change(context: ViewContext) -> Assessment:
    if context.live is None or context.live.kind is ViewKind.VIEW:
        return Assessment(Risk.SAFE, "a view stores no rows")
    if is_incremental(context.live):
        why = f"the server has no ALTER for it, and {_READ_AGAIN}"
        return Assessment(Risk.IMPOSSIBLE, why, _ANOTHER_VIEW)
    if any(
        isinstance(change, changes.ChangeViewTarget | changes.ChangeViewStorage)
        for change in context.changes
    ):
        return Assessment(Risk.REBUILD, "the storage changes in the same plan")
    missing = [name for name in context.facts.outputs if name not in context.facts.columns]
    if context.facts.storage and missing:
        names = ", ".join(missing)
        return Assessment(
            Risk.REBUILD,
            f"its own storage has no column for {names}; the view must be created again",
        )
    return Assessment(Risk.SAFE, _ONLY_FROM_NOW)


def _recreation(context: ViewContext) -> Assessment:
    if context.desired is not None and is_incremental(context.desired):
        why = f"the view must be created again, and {_READ_AGAIN}"
        return Assessment(Risk.IMPOSSIBLE, why, _ANOTHER_VIEW)
    destroyed = _replacement(context.desired, context) if context.desired else None
    if destroyed:
        return destroyed
    if context.facts.storage and context.cluster:
        return Assessment(Risk.IMPOSSIBLE, f"the view must be created again, and {_ELSEWHERE}")
    if context.live is not None and is_without_storage(context.live):
        return Assessment(
            Risk.REBUILD,
            "its own storage is missing, so inserts into the tables that it reads fail",
        )
    rows = _ONLY_FROM_NOW
    if context.facts.storage:
        rows = f"its {counted(context.facts.rows, 'row')} are kept in the trash and copied back"
    why = f"the server has no ALTER for it; the view must be created again; {rows}"
    return Assessment(Risk.REBUILD, why)


def _refresh_change(context: ViewContext) -> Assessment:
    live = context.live
    desired = context.desired
    if live is None or desired is None:
        return Assessment(Risk.REBUILD, "the view must be created again")
    modes = [(bool(one.refresh), appends(one), is_incremental(one)) for one in (live, desired)]
    if modes[0] != modes[1]:
        return _recreation(context)
    return Assessment(Risk.SAFE, "only the time of its refreshes changes")


def _replacement(view: View, context: ViewContext) -> Assessment | None:
    """Assess a view that replaces all rows of its target, which it did not do before."""
    began_before = (
        context.live is not None
        and replaces_rows(context.live)
        and context.live.target == view.target
    )
    if (
        view.target is None
        or not replaces_rows(view)
        or not context.facts.target_rows
        or began_before
    ):
        return None
    if context.cluster:
        return Assessment(
            Risk.IMPOSSIBLE,
            f"every refresh would replace the rows of {view.target}, and {_ELSEWHERE}",
        )
    rows = counted(context.facts.target_rows, "row")
    return Assessment(
        Risk.DESTRUCTIVE,
        f"every refresh would replace the {rows} of {view.target}; APPEND keeps them",
    )
