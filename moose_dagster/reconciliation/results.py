"""What one run may do, what it found and how it ended."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from moose_dagster.apply.results import Result
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.trash import MOST_TRASH_DAYS
from moose_dagster.errors import ServerFailure
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.tables import Facts
from moose_dagster.live.topics import TopicFacts
from moose_dagster.plan.bound import BoundPlan, bind_plan
from moose_dagster.plan.removal import Record
from moose_dagster.plan.steps import Plan
from moose_dagster.state.graph import Graph
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.topics import TopicId

PROOF_BUDGET_BYTES = 50_000_000_000
LOCK_LEASE = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """What one run may do.

    Attributes:
        selection: Only these tables, views and topics, or None for the whole project. A selection
            removes nothing.
        adopt: Whether this run adopts the resources that the project does not manage yet. Until
            then, no change of them may lose something, whatever their life cycle. A resource
            without such a change is adopted by any run.
        prune: Whether what left the code may be dropped (tables into the trash, topics and views
            for good).
        allow_mass_removal: Whether more than half of what the project manages may be dropped at
            once.
        recreate_topics: Whether a topic that holds messages may be deleted and created again
            with fewer partitions.
        ledger_database: Where this library keeps its own tables.
        trash_database: Where dropped tables are kept, and tables as they were before a loss.
        trash_days: How long they are kept, in days, 36,500 at most; 0 removes them as soon as the
            run has ended well.
        run_id: What the history calls this run; a random one if empty.
        approve: The approvals that are given. A blocked step shows the one that it waits for.
        only_plan: The fingerprint of the one plan that may be applied; any plan if empty.
        bound_plan: The one plan that may be applied, and only to the live state that it was made
            for; None for any.
        samples: Whether the plan shows some of the values that a change would lose; they are stored
            data.
        proof_budget_bytes: The most bytes of one table, uncompressed, that may be read to prove
            that a change loses nothing. A change that needs more is blocked. 0 for no limit.
        rebuild_bytes_per_second: The most that a rebuild reads from disk, in bytes per second; 0
            for no limit.
        lock_lease: Seconds until the lock of a killed run expires.
        wait_for_lock: Seconds to wait for another reconcile of the project before giving up.
        scratch_tables: Whether an empty copy of a declared table may be made in the ledger's
            database, to see what the server makes of its text; a reconcile does so, a plan writes
            nothing.
    """

    selection: Collection[ResourceId] | None = None
    adopt: bool = False
    prune: bool = False
    allow_mass_removal: bool = False
    recreate_topics: bool = False
    ledger_database: str = "moose_dagster"
    trash_database: str = "moose_dagster_trash"
    trash_days: float = 7.0
    run_id: str = ""
    approve: Collection[str] = ()
    only_plan: str = ""
    bound_plan: BoundPlan | None = None
    samples: bool = True
    proof_budget_bytes: int = PROOF_BUDGET_BYTES
    rebuild_bytes_per_second: int = 0
    lock_lease: float = LOCK_LEASE
    wait_for_lock: float = 60.0
    scratch_tables: bool = False

    def __post_init__(self) -> None:
        """Refuse a number of days that the server's calendar does not hold."""
        if not 0 <= self.trash_days <= MOST_TRASH_DAYS:
            raise ValueError(
                f"trash_days is {self.trash_days}; give 0 (keep nothing) to {MOST_TRASH_DAYS} days."
            )


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What was found and what is planned.

    Attributes:
        plan: What differs, what is done about it, and why.
        live: What the servers hold.
        desired: What the code declares.
        facts: Rows, bytes and the like of live tables, views and the tables that views fill.
        topic_facts: Partitions, messages and the like of live topics.
        life_cycles: The life cycle that counts for each resource.
        records: The entries to write into the ledger.
        problems: Servers and topics that could not be read: they are not in the plan.
        interrupted: Rebuilds that an earlier run did not end.
        stuck_type_changes: The types that rows still hold, by table and column, where a type change
            is stuck.
        approvals: The approval of each resource that needs one, given or not.
        to_carry_over: Whether this run gives the entries of the project without an environment to
            this environment.
        in_ledger: The resources that the project has in the ledger.
        graph: What reads what in ClickHouse.
    """

    plan: Plan = field(default_factory=Plan)
    live: State = field(default_factory=State)
    desired: State = field(default_factory=State)
    facts: Mapping[TableId, Facts] = field(default_factory=dict[TableId, Facts])
    topic_facts: Mapping[TopicId, TopicFacts] = field(default_factory=dict[TopicId, TopicFacts])
    life_cycles: Mapping[ResourceId, LifeCycle] = field(default_factory=dict[ResourceId, LifeCycle])
    records: tuple[Record, ...] = ()
    problems: tuple[ServerFailure, ...] = ()
    interrupted: tuple[Checkpoint, ...] = ()
    stuck_type_changes: Mapping[TableId, Mapping[str, str]] = field(
        default_factory=dict[TableId, Mapping[str, str]]
    )
    approvals: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    to_carry_over: bool = False
    in_ledger: frozenset[ResourceId] = frozenset()
    graph: Graph = field(default_factory=Graph)

    @property
    def compared(self) -> list[ResourceId]:
        """The declared resources that were looked at: tables, views, topics."""
        return [*self.desired.tables, *self.desired.views, *self.desired.topics]

    def bound(self) -> BoundPlan:
        """Return the plan, bound to what is live of the resources that have steps."""
        live = dict[ResourceId, object]()
        for resource in self.plan.apart():
            facts = self.storage_facts(resource)
            identity = (facts.uuid, bool(facts.rows)) if facts else ()
            live[resource] = (self.live.get(resource), identity)
        return bind_plan(self.plan, live)

    def storage_facts(self, resource: ResourceId) -> Facts | None:
        """Return the rows, bytes and partitions of what stores the rows of a resource.

        Args:
            resource: A table; or a view, for the table that it keeps its rows in.

        Returns:
            None for a topic, a view without rows of its own, and what is not live or was not read.
        """
        view = self.live.views.get(resource) if isinstance(resource, ViewId) else None
        place = view.target if view is not None and view.target is not None else resource
        return self.facts.get(place) if isinstance(place, TableId) else None

    def joined(self, other: "PlanResult") -> "PlanResult":
        """Return both plan results as one.

        Args:
            other: The plan result of other resources.
        """
        return PlanResult(
            plan=Plan(
                steps=(*self.plan.steps, *other.plan.steps),
                actions=(*self.plan.actions, *other.plan.actions),
                topic_actions=(*self.plan.topic_actions, *other.plan.topic_actions),
                view_actions=(*self.plan.view_actions, *other.plan.view_actions),
                blocked_actions=(*self.plan.blocked_actions, *other.plan.blocked_actions),
                notes=(*self.plan.notes, *other.plan.notes),
                sequence={**self.plan.sequence, **other.plan.sequence},
            ),
            live=self.live.joined(other.live),
            desired=self.desired.joined(other.desired),
            facts={**self.facts, **other.facts},
            topic_facts={**self.topic_facts, **other.topic_facts},
            life_cycles={**self.life_cycles, **other.life_cycles},
            records=(*self.records, *other.records),
            problems=(*self.problems, *other.problems),
            interrupted=(*self.interrupted, *other.interrupted),
            stuck_type_changes={**self.stuck_type_changes, **other.stuck_type_changes},
            approvals={**self.approvals, **other.approvals},
            to_carry_over=self.to_carry_over or other.to_carry_over,
            in_ledger=self.in_ledger | other.in_ledger,
            graph=other.graph if other.graph.desired.readers else self.graph,
        )


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """What a reconcile did.

    Attributes:
        before: What was found and planned.
        results: How each action ended.
        after: What was found after the last action.
        run_id: What the history calls this run.
        names: The names of what was put into the trash.
        unfinished: A sentence for each change that was answered with OK and still differs, and for
            each dictionary that can't be loaded.
        recovered: What became of rebuilds that an earlier run did not end.
    """

    before: PlanResult
    results: tuple[Result, ...]
    after: PlanResult
    run_id: str
    names: Names = field(default_factory=Names)
    unfinished: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Result, ...]:
        """The actions that failed or were not reached."""
        return tuple(result for result in self.results if result.error)
