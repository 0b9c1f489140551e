"""Plan and reconcile ClickHouse and Kafka; an error of one does not stop the other."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce

from moose_dagster.apply.guard import guard_all
from moose_dagster.apply.rebuild.pace import Pace
from moose_dagster.apply.results import Result
from moose_dagster.apply.tables import TableExecutor
from moose_dagster.apply.topics import TopicExecutor
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.ddl.names import Names
from moose_dagster.declare.project import Project
from moose_dagster.errors import (
    LockLost,
    ReconcileError,
    ServerError,
    ServerFailure,
    ServerUnreachable,
)
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.ledger.cleanup import remove_leftovers
from moose_dagster.ledger.entries import Entries
from moose_dagster.ledger.lock import Lock
from moose_dagster.ledger.writer import Ledger
from moose_dagster.live.proof import ProbeOptions
from moose_dagster.plan.steps import Plan
from moose_dagster.reconciliation.approval import check_approvals, check_plan, given_approvals
from moose_dagster.reconciliation.callbacks import RunCallbacks, silent
from moose_dagster.reconciliation.clickhouse import plan_clickhouse
from moose_dagster.reconciliation.dictionaries import (
    load_dictionaries,
    touched_dictionaries,
    unchecked_names,
)
from moose_dagster.reconciliation.environments import carry_over_entries, read_entries
from moose_dagster.reconciliation.execute import apply_in_clickhouse, statement_context_of
from moose_dagster.reconciliation.lock import (
    comment_of,
    copies_end_with_it,
    project_lock,
    wait_for_statements,
)
from moose_dagster.reconciliation.names import names_of_run
from moose_dagster.reconciliation.notes import notes_of
from moose_dagster.reconciliation.ownership import claim_resources
from moose_dagster.reconciliation.results import Options, PlanResult, ReconcileResult
from moose_dagster.reconciliation.resume import (
    Recovery,
    recover_rebuilds,
    revert_stuck_type_changes,
    without_unrecovered,
)
from moose_dagster.reconciliation.selection import check_servers, select_resources
from moose_dagster.reconciliation.tables import probe_options_of
from moose_dagster.reconciliation.topics import plan_topics
from moose_dagster.reconciliation.trash import purge
from moose_dagster.reconciliation.verify import plan_again, unfinished_of
from moose_dagster.state.names import ResourceId, TableId


def plan_for(
    project: Project,
    clickhouse: ClickHouse | None = None,
    options: Options | None = None,
    *,
    kafka: Kafka | None = None,
) -> PlanResult:
    """Compare *project* with its servers and plan what to change; nothing is written.

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
    return _plan(project, clickhouse, options, kafka, probe_options_of(options))


def _plan(
    project: Project,
    clickhouse: ClickHouse | None,
    options: Options,
    kafka: Kafka | None,
    probe_options: ProbeOptions,
) -> PlanResult:
    desired = select_resources(project, options)
    check_servers(desired, clickhouse, kafka)
    plan_results = list[PlanResult]()
    problems = list[ServerFailure]()
    entries = Entries(known=clickhouse is None)
    try:
        if clickhouse is not None:
            entries = read_entries(project, clickhouse, options)
            plan_results.append(
                plan_clickhouse(
                    project, desired, clickhouse, entries, options, probe_options=probe_options
                )
            )
    except (ServerError, ServerUnreachable) as error:
        problems.append(error)
    try:
        if kafka is not None and (desired.topics or options.selection is None):
            plan_results.append(
                plan_topics(
                    project, desired, kafka, entries, options, has_ledger=clickhouse is not None
                )
            )
    except (ServerError, ServerUnreachable) as error:
        problems.append(error)
    if problems and not any(plan_result.compared for plan_result in plan_results):
        raise problems[0]
    notes = tuple(
        notes_of(
            project,
            entries,
            options,
            has_ledger=clickhouse is not None,
            has_kafka=kafka is not None,
        )
    )
    whole = PlanResult(
        plan=Plan(notes=notes),
        problems=tuple(problems),
        interrupted=entries.interrupted,
        to_carry_over=entries.to_carry_over,
        in_ledger=frozenset(entries.every),
    )
    return reduce(PlanResult.joined, plan_results, whole)


def reconcile(
    project: Project,
    clickhouse: ClickHouse | None = None,
    options: Options | None = None,
    *,
    kafka: Kafka | None = None,
    callbacks: RunCallbacks | None = None,
) -> ReconcileResult:
    """Change the servers to what *project* declares, as far as its life cycles allow, and compare.

    Args:
        project: The declarations.
        clickhouse: A connection that may write.
        options: What the run may do.
        kafka: A connection that may write, needed as soon as the project declares topics.
        callbacks: What is called meanwhile.

    Raises:
        GuardError: The plan holds something that a life cycle forbids; nothing was sent.
        LockHeld: Another reconcile of the project is running, and did not end in time.
        ReconcileError: The plan is not the one of `only_plan` or `bound_plan`, or no step of it
            waits for a given approval; nothing was sent.
        ServerError: No server can be read. Errors of single resources are results, not exceptions.
    """
    options = options or Options()
    probe_options = probe_options_of(options)
    run_id = options.run_id or uuid.uuid4().hex
    first = _plan(project, clickhouse, options, kafka, probe_options)
    check_plan(first, options)
    if not _anything_to_do(first):
        check_approvals(first, options)
        _empty_trash(project, clickhouse, options)
        return ReconcileResult(first, (), first, run_id)
    run_options = replace(options, scratch_tables=True, run_id=run_id)
    run = _Run(project, clickhouse, kafka, run_options, probe_options, callbacks or RunCallbacks())
    ledger = _ledger(project, clickhouse, options, run_id)
    result = run.under_lock(ledger)
    if ledger and not result.failures:
        _empty_trash(project, clickhouse, options)
    return result


@dataclass(frozen=True, slots=True)
class _Run:
    """One run, once it is clear that there is something to do."""

    project: Project
    clickhouse: ClickHouse | None
    kafka: Kafka | None
    options: Options
    probe_options: ProbeOptions
    callbacks: RunCallbacks

    def under_lock(self, ledger: Ledger | None) -> ReconcileResult:
        if ledger is None:
            return self.run(None, None)
        with project_lock(ledger, self.options) as lock:
            guarded = ledger.under(lock)
            with copies_end_with_it(ledger.clickhouse, self.project.owner.key, self.options):
                return replace(self, clickhouse=guarded.clickhouse).run(guarded, lock)

    def run(self, ledger: Ledger | None, lock: Lock | None) -> ReconcileResult:
        """Plan, act and plan again; the plan from before the lock does not count."""
        names = names_of_run(self.options)
        if ledger and lock:
            owner = self.project.owner
            remove_leftovers(lock, owner.key)
            wait_for_statements(ledger.clickhouse, owner.key, self.options)
            carry_over_entries(owner, ledger, self.options)
        before, recovery = self._recover(names, ledger, lock)
        if ledger and claim_resources(self.project, ledger, before, self.options):
            before = self._look()
        self._check_plan(before)
        guard_all(before.plan.every_action, before.life_cycles)
        check_approvals(before, self.options)
        if ledger:
            approvals = given_approvals(before, self.options)
            ledger.write_history(before.plan.fingerprint, approvals)
        self.callbacks.planned(before.plan)
        results = list(self._run_topics(before, ledger, lock))
        not_loaded = list[str]()
        if ledger and lock:
            executor = self._executor(before, names, ledger, lock)
            in_clickhouse, not_loaded = self._run_in_clickhouse(executor, before, recovery)
            results += in_clickhouse
        after, lost = self._plan_again(before, ledger, results)
        unfinished = (
            *recovery.errors.values(),
            *unfinished_of(results, after.plan),
            *not_loaded,
            *lost,
        )
        return ReconcileResult(
            before, tuple(results), after, self.options.run_id, names, unfinished, recovery.done
        )

    def _recover(
        self, names: Names, ledger: Ledger | None, lock: Lock | None
    ) -> tuple[PlanResult, Recovery]:
        """Finish or undo what an earlier run left, and return the plan that follows."""
        before = self._look()
        recovery = Recovery()
        if ledger and lock and before.interrupted:
            executor = self._executor(before, names, ledger, lock)
            recovery = recover_rebuilds(
                executor, before.interrupted, before.plan, self.options.selection
            )
            before = self._look()
        if ledger and lock and before.stuck_type_changes:
            executor = self._executor(before, names, ledger, lock)
            done, errors = revert_stuck_type_changes(executor, before)
            recovery = Recovery((*recovery.done, *done), {**recovery.errors, **errors})
            before = self._look()
        return before, recovery

    def _run_topics(
        self, before: PlanResult, ledger: Ledger | None, lock: Lock | None
    ) -> Sequence[Result]:
        plan = before.plan
        if not self.kafka or not plan.topic_actions:
            return ()
        verify = lock.verify if lock else silent
        topics = TopicExecutor(self.kafka, before.life_cycles, self.callbacks.started, verify)
        results = topics.run(plan.topic_actions)
        if ledger:
            with suppress(LockLost):  # said when the run records its end
                ledger.write_history(plan.fingerprint, topics.sent)
        return results

    def _run_in_clickhouse(
        self, executor: TableExecutor, before: PlanResult, recovery: Recovery
    ) -> tuple[list[Result], list[str]]:
        """Return how each action ended, and a sentence for each dictionary that can't be loaded."""
        plan, blocked = without_unrecovered(before.plan, recovery)
        dictionaries = touched_dictionaries(executor.clickhouse, before)
        results = [*apply_in_clickhouse(executor, plan, lambda: self._look().plan, blocked)]
        is_connected = not any(result.error and result.code is None for result in results)
        not_loaded = list[str]()
        if dictionaries and is_connected:
            clusters = self.project.desired.clusters
            not_loaded += load_dictionaries(executor, dictionaries, clusters)
            with suppress(ServerUnreachable, LockLost):  # said as not loaded
                executor.flush(plan)
        return results, not_loaded

    def _plan_again(
        self, before: PlanResult, ledger: Ledger | None, results: Sequence[Result]
    ) -> tuple[PlanResult, tuple[str, ...]]:
        """Return the plan after *results*, and that the lock was lost if nothing said so yet."""
        after = before
        try:
            after = plan_again(self._look, results) if before.plan.every_action else before
            if ledger:
                ledger.record(after.records)
        except LockLost as error:
            if not results:
                raise
            is_said = any(result.error == str(error) for result in results)
            return after, () if is_said else (str(error),)
        return after, ()

    def _executor(
        self, before: PlanResult, names: Names, ledger: Ledger, lock: Lock
    ) -> TableExecutor:
        context = statement_context_of(self.project, before.plan)
        settings: dict[ResourceId, dict[str, str]] = {
            table: dict(values) for table, values in context.settings.items()
        }
        for table, values in unchecked_names(ledger.clickhouse, before.plan, names.trash).items():
            settings.setdefault(table, {}).update(values)
        sending = replace(
            context,
            settings=settings,
            verify=lock.verify,
            pace=Pace(bytes_per_second=self.options.rebuild_bytes_per_second),
            comment=comment_of(self.project.owner.key),
        )
        interrupted = defaultdict[TableId, list[Checkpoint]](list)
        for checkpoint in before.interrupted:
            interrupted[checkpoint.rebuild.table].append(checkpoint)
        return TableExecutor(
            ledger.clickhouse,
            names,
            ledger,
            before.life_cycles,
            self.callbacks.started,
            sending,
            interrupted,
            self.probe_options,
            self.callbacks.copied,
        )

    def _check_plan(self, before: PlanResult) -> None:
        """Check the plan under the lock: somebody may have changed something since the first one.

        Raises:
            ReconcileError: It is not the plan that the options allow.
        """
        try:
            check_plan(before, self.options)
        except ReconcileError:
            # A plan that writes nothing has no scratch tables, and may have other steps for that.
            check_plan(self._look(scratch_tables=False), self.options)

    def _look(self, *, scratch_tables: bool = True) -> PlanResult:
        options = replace(self.options, scratch_tables=scratch_tables)
        return _plan(self.project, self.clickhouse, options, self.kafka, self.probe_options)


def _anything_to_do(seen: PlanResult) -> bool:
    return bool(
        seen.plan.every_action
        or seen.records
        or seen.interrupted
        or seen.stuck_type_changes
        or seen.to_carry_over
    )


def _ledger(
    project: Project, clickhouse: ClickHouse | None, options: Options, run_id: str
) -> Ledger | None:
    """Return the ledger, or None without a server; topics do not wait for ClickHouse."""
    if clickhouse is None:
        return None
    ledger = Ledger(
        clickhouse, options.ledger_database, project.owner.key, run_id, options.trash_days
    )
    try:
        ledger.prepare()
    except ServerUnreachable:
        return None  # what could not be read is in the plan's problems already
    return ledger


def _empty_trash(project: Project, clickhouse: ClickHouse | None, options: Options) -> None:
    """Remove what expires at once, also what a killed run left."""
    if clickhouse is not None and not options.trash_days:
        purge(project, clickhouse, options)
