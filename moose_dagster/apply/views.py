"""Send what a plan allows of views; secrets are filled in on the way and never written down."""

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from moose_dagster.apply.guard import guard
from moose_dagster.apply.results import Result, StatementError, as_statement_errors
from moose_dagster.apply.sender import Secrets, Sender
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.views import view_statements_of
from moose_dagster.ledger.writer import Sent
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.steps import Action, Route, ViewAction
from moose_dagster.sql.create import on_cluster
from moose_dagster.sql.environment import fill_placeholders, variables_in
from moose_dagster.sql.quoting import quoted_name
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.views import ViewKind


@dataclass(slots=True)
class ViewExecutor:
    """Carries out the actions of a plan's views.

    Attributes:
        clickhouse: The server.
        names: Where what is dropped goes.
        life_cycles: The life cycle of every resource of the project.
        progress: Called before each action.
        verify: Makes sure before each statement that this run still holds the lock.
        comment: The `log_comment` of each statement; "" for none.
        environment: The environment variables that hold the secrets of dictionaries.
        sent: The statements of this run, for the history.
    """

    clickhouse: ClickHouse
    names: Names
    life_cycles: Mapping[ResourceId, LifeCycle]
    progress: Callable[[ViewAction], None]
    verify: Callable[[], None] = lambda: None
    comment: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    sent: list[Sent] = field(default_factory=list[Sent])
    _lost: bool = False

    def run(self, actions: Sequence[ViewAction]) -> tuple[Result, ...]:
        """Make every one of *actions* in order; one that fails stops no other."""
        results = list[Result]()
        for action in actions:
            if self._lost:
                results.append(
                    Result(action, 0, "not reached: the connection was lost before", reached=False)
                )
                continue
            self.progress(action)
            results.append(self._run(action))
        return tuple(results)

    def _run(self, action: ViewAction) -> Result:
        started = time.monotonic()
        statements = view_statements_of(action, self.names)
        missing = [
            name
            for text in statements
            for name in _secrets(action, text)
            if name not in self.environment
        ]
        if missing:
            error = f"the environment variable {missing[0]} is not set; nothing was sent."
            return Result(action, 0, error, 0, reached=False)
        for statement in (*self._databases(action, statements), *statements):
            guard(action, self.life_cycles)
            try:
                self._send(action, statement)
            except StatementError as stopped:
                self._lost = stopped.code is None
                return Result(action, _milliseconds(started), stopped.error, stopped.code)
        return Result(action, _milliseconds(started))

    def _databases(self, action: ViewAction, statements: Sequence[str]) -> list[str]:
        needed = {action.view.database} if action.target is not None else set[str]()
        if any(quoted_name(self.names.trash) in statement for statement in statements):
            needed.add(self.names.trash)
        on_cluster_clause = on_cluster(action.context.cluster)
        return [
            f"CREATE DATABASE IF NOT EXISTS {quoted_name(database)}{on_cluster_clause}"
            for database in sorted(needed)
        ]

    def _send(self, action: ViewAction, statement: str) -> None:
        names = _secrets(action, statement)
        secrets = Secrets()
        if names:
            values = [self.environment[name] for name in names]
            secrets = Secrets(values, lambda text: fill_placeholders(text, self.environment))
        with as_statement_errors():
            sender = Sender(self.clickhouse, self.verify, self.comment, sent=self.sent)
            sender.send(action.view, statement, secrets=secrets)


def split_blocked(
    actions: Sequence[Action], failed: Sequence[Result]
) -> tuple[tuple[Action, ...], tuple[Result, ...]]:
    """Return the actions that may go on, and results for those whose reader failed.

    Args:
        actions: Those of tables.
        failed: How the views ended that had to be changed before.
    """
    readers = {table: result for result in failed for table in _tables_of(result)}
    without_readers = tuple(action for action in actions if action.table not in readers)
    with_readers = (
        Result(
            action,
            0,
            f"not sent: {readers[action.table].action.resource} could not be changed before",
            0,
            reached=False,
        )
        for action in actions
        if action.table in readers
    )
    return without_readers, tuple(with_readers)


def split_dependents(
    actions: Sequence[ViewAction], results: Sequence[Result]
) -> tuple[tuple[ViewAction, ...], tuple[Result, ...]]:
    """Return the actions that may go on, and results for those whose tables could not be changed.

    A creation that failed blocks nothing: it may be sent again, and so may what needs it.

    Args:
        actions: Those of views, in their order.
        results: How the tables ended.
    """
    failed = {
        result.action.resource
        for result in results
        if result.error and result.action.route is not Route.CREATE
    }
    to_send = list[ViewAction]()
    blocked = list[Result]()
    for action in actions:
        needed = next((table for table in _needed_by(action) if table in failed), None)
        if needed is None:
            to_send.append(action)
            continue
        failed.add(action.view.place)
        error = f"not sent: {needed} could not be changed before"
        blocked.append(Result(action, 0, error, 0, reached=False))
    return tuple(to_send), tuple(blocked)


def _needed_by(action: ViewAction) -> Collection[TableId]:
    if action.target is None:
        return ()
    target = action.target.target
    return (*action.target.reads, *([target] if target else ()))


def _secrets(action: ViewAction, statement: str) -> tuple[str, ...]:
    dictionary = action.target is not None and action.target.kind is ViewKind.DICTIONARY
    return variables_in(statement) if dictionary else ()


def _tables_of(result: Result) -> Collection[TableId]:
    action = result.action
    if not result.error or not isinstance(action, ViewAction) or action.context.live is None:
        return ()
    return action.context.live.reads


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
