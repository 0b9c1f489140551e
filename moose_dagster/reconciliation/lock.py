"""The lock of a project, so that one run acts for it at a time."""

import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.rebuild import cancel_filling
from moose_dagster.errors import LockHeld, ServerError, ServerUnreachable
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


@contextmanager
def copies_end_with_it(clickhouse: ClickHouse, project: str, options: Options) -> Generator[None]:
    """Cancel what copies rows where this block is interrupted: the server would go on with it."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        # The connection of the run waits for an answer. Where no other one can be made, the next
        # run cancels them.
        with suppress(ServerError, ServerUnreachable), clickhouse.another() as another:
            another.command(cancel_filling(options.trash_database, comment_of(project)))
        raise


def wait_for_statements(clickhouse: ClickHouse, project: str, options: Options) -> None:
    """Cancel the copies of an interrupted run of *project*, and wait for its other statements.

    What fills a staging table is copied again by the run that goes on.

    Raises:
        LockHeld: A statement has not ended after `wait_for_lock`.
    """
    comment = comment_of(project)
    deadline = time.monotonic() + options.wait_for_lock
    if running_statements(clickhouse, comment):
        clickhouse.command(cancel_filling(options.trash_database, comment))
    while running_statements(clickhouse, comment):
        if time.monotonic() > deadline:
            raise LockHeld(
                "statements of an interrupted run are still running; "
                "wait for them (SELECT query FROM system.processes "
                f"WHERE Settings['log_comment'] = '{comment}')."
            )
        time.sleep(_POLL)
