"""The lock of a project, so that one run acts for it at a time."""

import time
from contextlib import AbstractContextManager

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import LockHeld
from moose_dagster.ledger.lock import Lock, locked
from moose_dagster.ledger.writer import Ledger
from moose_dagster.live.data_parts import running_statements
from moose_dagster.live.query_log import OWN_COMMENT
from moose_dagster.reconciliation.results import Options
from moose_dagster.state.names import TableId

_POLL = 0.2


def project_lock(ledger: Ledger, options: Options) -> AbstractContextManager[Lock]:
    """Return the lock of the project of *ledger*, to enter while something is sent.

    Entering it raises LockHeld where another run has it for longer than *options* wait.
    """
    lock = TableId(ledger.database, f"lock__{ledger.project}")
    return locked(
        ledger.clickhouse, lock, ledger.run_id, lease=options.lock_lease, wait=options.wait_for_lock
    )


def comment_of(project: str) -> str:
    """Return the `log_comment` that every statement of *project* goes with."""
    return f"{OWN_COMMENT}{project}"


def wait_for_statements(clickhouse: ClickHouse, project: str, seconds: float) -> None:
    """Wait until the statements of an interrupted run of *project* have ended.

    Raises:
        LockHeld: It has not ended after *seconds*.
    """
    comment = comment_of(project)
    deadline = time.monotonic() + seconds
    while running_statements(clickhouse, comment):
        if time.monotonic() > deadline:
            raise LockHeld(
                "statements of an interrupted run are still running; "
                "wait for them (SELECT query FROM system.processes "
                f"WHERE Settings['log_comment'] = '{comment}')."
            )
        time.sleep(_POLL)
