"""Send what a plan allows of views; secrets are filled in on the way and never written down."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from moose_dagster.apply.guard import guard
from moose_dagster.apply.results import Result, StatementError, as_statement_errors
from moose_dagster.apply.sender import Secrets, Sender
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.views import view_statements_of
from moose_dagster.ledger.writer import Sent
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.steps import ViewAction
from moose_dagster.sql.create import on_cluster
from moose_dagster.sql.environment import fill_placeholders, variables_in
from moose_dagster.sql.quoting import quoted_name
from moose_dagster.state.names import ResourceId
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
        settings: The server settings that each statement about a view is sent with.
        environment: The environment variables that hold the secrets of dictionaries.
        sent: The statements of this run, for the history.
    """

    clickhouse: ClickHouse
    names: Names
    life_cycles: Mapping[ResourceId, LifeCycle]
    progress: Callable[[ViewAction], None]
    verify: Callable[[], None] = lambda: None
    comment: str = ""
    settings: Mapping[ResourceId, Mapping[str, str]] = field(
        default_factory=dict[ResourceId, Mapping[str, str]]
    )
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
        on_cluster_clause = on_cluster(action.context.statement_cluster)
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
            sender.send(action.view, statement, self.settings.get(action.view), secrets)


def _secrets(action: ViewAction, statement: str) -> tuple[str, ...]:
    dictionary = action.target is not None and action.target.kind is ViewKind.DICTIONARY
    return variables_in(statement) if dictionary else ()


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
