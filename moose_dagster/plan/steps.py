"""A plan is a value: every change with its verdict, and the actions of the allowed ones."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

from moose_dagster.diff.changes import Change, resource_of
from moose_dagster.diff.table_changes import RenameTable, TableChange
from moose_dagster.diff.topic_changes import TopicChange
from moose_dagster.diff.view_changes import ViewChange
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import Verdict
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.topics import TopicContext
from moose_dagster.risk.views import ViewContext
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.tables import Table
from moose_dagster.state.topics import Topic, TopicId
from moose_dagster.state.views import View

C = TypeVar("C", bound=Change)
C_co = TypeVar("C_co", bound=Change, covariant=True)


class Route(str, Enum):
    """The kind of statements that make an action."""

    CREATE = "CREATE"
    ALTER = "ALTER"
    REBUILD = "REBUILD"
    DROP = "DROP"


@dataclass(frozen=True, slots=True)
class Step(Generic[C_co]):
    """One change and what is decided about it.

    Attributes:
        change: What differs.
        life_cycle: The life cycle of the resource.
        risk: How bad the change can be.
        verdict: What happens to it.
        reason: Why, as a finished sentence.
    """

    change: C_co
    life_cycle: LifeCycle
    risk: Risk
    verdict: Verdict
    reason: str

    @property
    def resource(self) -> ResourceId:
        """The table, view or topic the change is about."""
        return resource_of(self.change)

    @property
    def loses_values(self) -> bool:
        """Whether it is applied and takes stored values, rows or messages away."""
        return self.verdict is Verdict.APPLY and self.risk is Risk.DESTRUCTIVE


@dataclass(frozen=True, slots=True)
class Action:
    """What is sent for the allowed steps of one table.

    Attributes:
        table: Its declared name.
        route: The kind of statements.
        steps: The steps that they make.
        context: What the plan rested on.
        target: What the table becomes; None after a DROP.
        snapshot: Whether the table as it was before goes into the trash.
    """

    table: TableId
    route: Route
    steps: tuple[Step[TableChange], ...]
    context: TableContext
    target: Table | None
    snapshot: bool = False

    @property
    def resource(self) -> ResourceId:
        """The table."""
        return self.table

    @property
    def place(self) -> TableId:
        """The name of the table, as queries write it."""
        return self.table

    @property
    def live_place(self) -> TableId:
        """The name of the table before it, which a rename changes."""
        first = self.steps[0].change if self.steps else None
        return first.live if isinstance(first, RenameTable) else self.table


@dataclass(frozen=True, slots=True)
class TopicAction:
    """What is requested for the allowed steps of one topic.

    Attributes:
        topic: Its name.
        route: The kind of requests.
        steps: The steps that they make.
        context: What the plan rested on.
        target: What the topic becomes; None after its deletion.
    """

    topic: TopicId
    route: Route
    steps: tuple[Step[TopicChange], ...]
    context: TopicContext
    target: Topic | None

    @property
    def resource(self) -> ResourceId:
        """The topic."""
        return self.topic


@dataclass(frozen=True, slots=True)
class ViewAction:
    """What is sent for the allowed steps of one view.

    Attributes:
        view: Its name.
        route: The kind of statements.
        steps: The steps that they make.
        context: What the plan rested on.
        target: What the view becomes; None after a DROP.
    """

    view: ViewId
    route: Route
    steps: tuple[Step[ViewChange], ...]
    context: ViewContext
    target: View | None

    @property
    def resource(self) -> ResourceId:
        """The view."""
        return self.view

    @property
    def place(self) -> TableId:
        """The name of the view, as queries write it."""
        return self.view.place

    @property
    def live_place(self) -> TableId:
        """The same name; views are not renamed."""
        return self.view.place


AnyAction: TypeAlias = Action | TopicAction | ViewAction
P = TypeVar("P", Step[Change], Action, TopicAction, ViewAction, AnyAction)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that differs and what will be done about it; report and apply read this value.

    Attributes:
        steps: One for each change, whatever its verdict.
        actions: What makes the allowed steps of tables.
        topic_actions: What makes the allowed steps of topics, in order.
        view_actions: What makes the allowed steps of views.
        blocked_actions: What would make the blocked steps; it is shown and never sent.
        notes: What to know besides, such as what was not compared.
        sequence: The tables and views of the actions in the order that these are sent, each with
            those that it comes after; what is not in it comes last.
    """

    steps: tuple[Step[Change], ...] = ()
    actions: tuple[Action, ...] = ()
    topic_actions: tuple[TopicAction, ...] = ()
    view_actions: tuple[ViewAction, ...] = ()
    blocked_actions: tuple[AnyAction, ...] = ()
    notes: tuple[str, ...] = ()
    sequence: Mapping[ResourceId, frozenset[ResourceId]] = field(
        default_factory=dict[ResourceId, frozenset[ResourceId]]
    )
    # Filled by the first call of `of`, which is called for each of thousands of resources.
    _steps_of: dict[ResourceId, tuple[Step[Change], ...]] = field(
        default_factory=dict[ResourceId, tuple[Step[Change], ...]],
        init=False,
        repr=False,
        compare=False,
    )

    @property
    def every_action(self) -> tuple[AnyAction, ...]:
        """The actions of all kinds of resources, in the order they are made."""
        return (*self.topic_actions, *self.ordered_actions)

    @property
    def ordered_actions(self) -> tuple[Action | ViewAction, ...]:
        """The actions of tables and views, in the order they are made."""
        ranks = {resource: rank for rank, resource in enumerate(self.sequence)}
        actions: list[Action | ViewAction] = [*self.actions, *self.view_actions]
        last = len(ranks)
        return tuple(sorted(actions, key=lambda action: ranks.get(action.resource, last)))

    def with_verdict(self, verdict: Verdict) -> tuple[Step[Change], ...]:
        """Return the steps of one verdict."""
        return tuple(step for step in self.steps if step.verdict is verdict)

    def of(self, resource: ResourceId) -> tuple[Step[Change], ...]:
        """Return the steps of one table, view or topic."""
        if self.steps and not self._steps_of:
            self._steps_of.update(_by_resource(self.steps))
        return self._steps_of.get(resource, ())

    def apart(self) -> "dict[ResourceId, Plan]":
        """Return a plan without notes for each table, view and topic that has steps."""
        actions = _by_resource(self.actions)
        topic_actions = _by_resource(self.topic_actions)
        view_actions = _by_resource(self.view_actions)
        blocked_actions = _by_resource(self.blocked_actions)
        return {
            resource: Plan(
                steps=steps,
                actions=actions.get(resource, ()),
                topic_actions=topic_actions.get(resource, ()),
                view_actions=view_actions.get(resource, ()),
                blocked_actions=blocked_actions.get(resource, ()),
            )
            for resource, steps in _by_resource(self.steps).items()
        }

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that are the same exactly for the same steps."""
        return fingerprint_of(self.steps)


def _by_resource(parts: Iterable[P]) -> dict[ResourceId, tuple[P, ...]]:
    grouped = defaultdict[ResourceId, list[P]](list)
    for part in parts:
        grouped[part.resource].append(part)
    return {resource: tuple(of_resource) for resource, of_resource in grouped.items()}


def fingerprint_of(parts: Iterable[object]) -> str:
    """Return sixteen hexadecimal digits over the printed form of frozen values."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def steps_to_apply(steps: Iterable[Step[C]]) -> tuple[Step[C], ...]:
    """Return those of *steps* that are applied."""
    return tuple(step for step in steps if step.verdict is Verdict.APPLY)


def steps_blocked(steps: Iterable[Step[C]]) -> tuple[Step[C], ...]:
    """Return the blocked ones of *steps* that the server could make if they were allowed."""
    return tuple(
        step for step in steps if step.verdict is Verdict.BLOCK and step.risk is not Risk.IMPOSSIBLE
    )
