"""Look at both halves of the house, act in both; trouble in one never stops the other."""

import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import reduce

from moose_dagster.apply.guard import guard_all
from moose_dagster.apply.rebuild.copy import Pace
from moose_dagster.apply.results import Result
from moose_dagster.apply.tables import TableExecutor
from moose_dagster.apply.topics import TopicExecutor
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.ddl.names import Names
from moose_dagster.declare.project import Project
from moose_dagster.errors import (
    DeclarationError,
    ReconcileError,
    ServerError,
    ServerFailure,
    ServerUnreachable,
)
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.ledger.cleanup import remove_leftovers
from moose_dagster.ledger.entries import Entries, read_ledger
from moose_dagster.ledger.lock import Lock
from moose_dagster.ledger.writer import Ledger
from moose_dagster.live.proof import ProbeOptions
from moose_dagster.plan.steps import AnyAction, Plan
from moose_dagster.reconcile.approval import check_approvals, given_approvals
from moose_dagster.reconcile.execute import apply_in_clickhouse, silent, statement_context_of
from moose_dagster.reconcile.lock import comment_of, held, wait_for_statements
from moose_dagster.reconcile.results import Options, PlanResult, ReconcileResult
from moose_dagster.reconcile.resume import (
    Recovery,
    recover_rebuilds,
    revert_stuck_type_changes,
    without_unrecovered,
)
from moose_dagster.reconcile.tables import plan_tables, probe_options_of
from moose_dagster.reconcile.topics import plan_topics
from moose_dagster.reconcile.trash import purge
from moose_dagster.reconcile.verify import plan_again, unfinished_of
from moose_dagster.reconcile.views import plan_views, with_timing
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State

_NO_LEDGER = "no ClickHouse keeps a ledger here: topics that leave the code are not noticed and never deleted."
_INTERRUPTED = "{}: a rebuild was interrupted; the next reconcile goes on with it, or undoes it."


def plan_for(
    project: Project,
    clickhouse: ClickHouse | None = None,
    options: Options | None = None,
    *,
    kafka: Kafka | None = None,
) -> PlanResult:
    """Compare *project* with its servers and say what would be done; nothing is written.

    Args:
        project: The declarations.
        clickhouse: A connection; it needs to read `system.*` and nothing more for external tables.
        options: What the run may do.
        kafka: A connection, needed as soon as the project declares topics.

    Raises:
        DeclarationError: A selected resource is not declared, or there is no server for a declared
            one.
        ServerError: No server that is needed can be read. If another one can, it is in `problems`.
    """
    options = options or Options()
    return _survey(project, clickhouse, options, kafka, probe_options_of(options))


def _survey(
    project: Project,
    clickhouse: ClickHouse | None,
    options: Options,
    kafka: Kafka | None,
    probe_options: ProbeOptions,
) -> PlanResult:
    wanted = _selected(project, options)
    _check_servers(wanted, clickhouse, kafka)
    plan_results, problems = list[PlanResult](), list[ServerFailure]()
    entries = Entries(known=clickhouse is None)
    try:
        if clickhouse is not None:
            entries = read_ledger(clickhouse, options.ledger_database, project.name)
            plan_results += _in_clickhouse(
                project, wanted, clickhouse, entries, options, probe_options=probe_options
            )
    except (ServerError, ServerUnreachable) as error:
        problems.append(error)
    try:
        if kafka is not None and (wanted.topics or options.selection is None):
            plan_results.append(
                plan_topics(
                    project, wanted, kafka, entries, options, has_ledger=clickhouse is not None
                )
            )
    except (ServerError, ServerUnreachable) as error:
        problems.append(error)
    if problems and not any(plan_result.compared for plan_result in plan_results):
        raise problems[0]
    notes = (_NO_LEDGER,) if clickhouse is None and wanted.topics else ()
    notes = (*notes, *(_INTERRUPTED.format(one.rebuild.table) for one in entries.interrupted))
    whole = PlanResult(
        plan=Plan(notes=notes), problems=tuple(problems), interrupted=entries.interrupted
    )
    return reduce(PlanResult.joined, plan_results, whole)


def reconcile(  # noqa: PLR0913 - two servers, and what is told meanwhile
    project: Project,
    clickhouse: ClickHouse | None = None,
    options: Options | None = None,
    *,
    kafka: Kafka | None = None,
    progress: Callable[[AnyAction], None] | None = None,
    copied: Callable[[TableId, int, int], None] | None = None,
) -> ReconcileResult:
    """Bring the servers as near to *project* as the life cycles allow, and look again.

    Args:
        project: The declarations.
        clickhouse: A connection that may write.
        options: What the run may do.
        kafka: A connection that may write, needed as soon as the project declares topics.
        progress: Called before each action.
        copied: Called while a table is rebuilt, with the rows copied so far and those to copy.

    Raises:
        GuardError: The plan holds something that a life cycle forbids; nothing was sent.
        LockHeld: Another reconcile of the project is at work, and did not end in time.
        ReconcileError: The plan is not the one of `only_plan`, or an approval fits nothing in it;
            nothing was sent.
        ServerError: No server can be read. Errors of single resources are results, not exceptions.
    """
    options = options or Options()
    probe_options, run_id = probe_options_of(options), options.run_id or uuid.uuid4().hex
    seen = _survey(project, clickhouse, options, kafka, probe_options)
    _check_plan(seen.plan, options.only_plan)
    if not _anything_to_do(seen):
        check_approvals(seen, options)
        _empty_trash(project, clickhouse, options)
        return ReconcileResult(seen, (), seen, run_id)
    acting_as = replace(options, scratch_tables=True, run_id=run_id)
    acting = _Acting(
        project, clickhouse, kafka, acting_as, probe_options, progress or silent, copied or silent
    )
    ledger = _ledger(project, clickhouse, options, run_id)
    outcome = acting.under_lock(ledger)
    if ledger and not outcome.failures:
        _empty_trash(project, clickhouse, options)
    return outcome


@dataclass(frozen=True, slots=True)
class _Acting:
    """One run, once it is clear that there is something to do."""

    project: Project
    clickhouse: ClickHouse | None
    kafka: Kafka | None
    options: Options
    probe_options: ProbeOptions
    progress: Callable[[AnyAction], None]
    copied: Callable[[TableId, int, int], None]

    def under_lock(self, ledger: Ledger | None) -> ReconcileResult:
        if ledger is None:
            return self.run(None, None)
        with held(ledger, self.options) as lock:
            return self.run(ledger, lock)

    def run(self, ledger: Ledger | None, lock: Lock | None) -> ReconcileResult:
        """Look, act, and look again; what was seen before the lock was taken does not count."""
        stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f")
        names = Names(self.options.trash_database, stamp)
        if ledger and lock:
            remove_leftovers(lock, self.project.name)
            wait_for_statements(ledger.clickhouse, self.project.name, self.options.wait_for_lock)
        before, settled = self._look(), Recovery()
        if ledger and lock and before.interrupted:
            applying = self._applying(before, names, ledger, lock)
            settled = recover_rebuilds(
                applying, before.interrupted, before.plan, self.options.selection
            )
            before = self._look()
        if ledger and lock and before.stuck_type_changes:
            done, errors = revert_stuck_type_changes(
                self._applying(before, names, ledger, lock), before
            )
            settled = Recovery((*settled.done, *done), {**settled.errors, **errors})
            before = self._look()
        plan, results = before.plan, list[Result]()
        guard_all(plan.every_action, before.life_cycles)
        check_approvals(before, self.options)
        if ledger:
            ledger.write_history(plan.fingerprint, given_approvals(before, self.options))
        if self.kafka and plan.topic_actions:
            topics = TopicExecutor(self.kafka, before.life_cycles, self.progress)
            results += topics.run(plan.topic_actions)
            if ledger:
                ledger.write_history(plan.fingerprint, topics.sent)
        if ledger and lock:
            plan, held = without_unrecovered(plan, settled)
            applying = self._applying(before, names, ledger, lock)
            results += [*held, *apply_in_clickhouse(applying, plan, lambda: self._look().plan)]
        after = plan_again(self._look, results) if before.plan.every_action else before
        if ledger:
            ledger.record(after.records)
        unfinished = (*settled.errors.values(), *unfinished_of(results, after.plan))
        return ReconcileResult(
            before, tuple(results), after, self.options.run_id, names, unfinished, settled.done
        )

    def _applying(
        self, before: PlanResult, names: Names, ledger: Ledger, lock: Lock
    ) -> TableExecutor:
        sending = replace(
            statement_context_of(self.project, before.plan),
            verify=lock.verify,
            pace=Pace(bytes_per_second=self.options.rebuild_bytes_per_second),
            comment=comment_of(self.project.name),
        )
        interrupted = defaultdict[TableId, list[Checkpoint]](list)
        for checkpoint in before.interrupted:
            interrupted[checkpoint.rebuild.table].append(checkpoint)
        return TableExecutor(
            ledger.clickhouse,
            names,
            ledger,
            before.life_cycles,
            self.progress,
            sending,
            interrupted,
            self.probe_options,
            self.copied,
        )

    def _look(self) -> PlanResult:
        return _survey(self.project, self.clickhouse, self.options, self.kafka, self.probe_options)


def _anything_to_do(seen: PlanResult) -> bool:
    return bool(
        seen.plan.every_action or seen.records or seen.interrupted or seen.stuck_type_changes
    )


def _check_plan(plan: Plan, wanted: str) -> None:
    if wanted and plan.fingerprint != wanted:
        raise ReconcileError(
            f"the plan is now {plan.fingerprint} and no longer {wanted}; nothing was sent. Look at it again."
        )


def _in_clickhouse(  # noqa: PLR0913 - what a survey of any kind takes, and how far it may ask
    project: Project,
    wanted: State,
    clickhouse: ClickHouse,
    entries: Entries,
    options: Options,
    *,
    probe_options: ProbeOptions,
) -> tuple[PlanResult, ...]:
    if not (wanted.tables or wanted.views or options.selection is None):
        return ()
    found, views = plan_views(project, wanted, clickhouse, entries, options)
    tables = plan_tables(
        project, wanted, clickhouse, entries, options, views=views, probe_options=probe_options
    )
    return with_timing(found, tables), tables


def _ledger(
    project: Project, clickhouse: ClickHouse | None, options: Options, run_id: str
) -> Ledger | None:
    """Return the ledger, or None where there is no server for it now: topics don't wait for ClickHouse."""
    if clickhouse is None:
        return None
    ledger = Ledger(clickhouse, options.ledger_database, project.name, run_id, options.trash_days)
    try:
        ledger.prepare()
    except ServerUnreachable:
        return None  # what could not be read is in the survey's problems already
    return ledger


def _empty_trash(project: Project, clickhouse: ClickHouse | None, options: Options) -> None:
    """Remove what expires at once, also what a run that was killed did not come to."""
    if clickhouse is not None and not options.trash_days:
        purge(project, clickhouse, options)


def _selected(project: Project, options: Options) -> State:
    declared = project.desired.state
    if options.selection is None:
        return declared
    known = {*declared.tables, *declared.topics, *declared.views}
    unknown = [resource for resource in options.selection if resource not in known]
    if unknown:
        raise DeclarationError(
            [f"{resource}: selected, but not declared by {project.name}." for resource in unknown]
        )
    return State(
        tables={
            table: value for table, value in declared.tables.items() if table in options.selection
        },
        topics={
            topic: value for topic, value in declared.topics.items() if topic in options.selection
        },
        views={view: value for view, value in declared.views.items() if view in options.selection},
    )


def _check_servers(wanted: State, clickhouse: ClickHouse | None, kafka: Kafka | None) -> None:
    faults = list[str]()
    if wanted.tables and clickhouse is None:
        faults.append(
            f"{next(iter(wanted.tables))} is a table, and no ClickHouse connection was given."
        )
    if wanted.views and clickhouse is None:
        faults.append(
            f"{next(iter(wanted.views))} is a view, and no ClickHouse connection was given."
        )
    if wanted.topics and kafka is None:
        faults.append(f"{next(iter(wanted.topics))} is a topic, and no Kafka connection was given.")
    if faults:
        raise DeclarationError(faults)
