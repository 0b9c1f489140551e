"""Send statements that no plan has: of the trash and of clones."""

import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from moose_dagster.apply.sender import Sender
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import LockLost
from moose_dagster.ledger.lock import Lock
from moose_dagster.ledger.writer import Ledger
from moose_dagster.reconciliation.lock import comment_of, project_lock
from moose_dagster.reconciliation.results import Options
from moose_dagster.state.names import TableId
from moose_dagster.state.owner import Owner


@dataclass(slots=True)
class ProjectWriter:
    """Sends statements under the lock of a project, and writes each into its history.

    Attributes:
        owner: The project and the environment.
        clickhouse: A connection that may write.
        options: Where ledger and trash are, how long to wait for the lock, and what the run is
            called.
        run_id: What the run is called; a new name where the options give none.
        ledger: The ledger of the owner.
        lock: The lock while it is held; None before and after.
    """

    owner: Owner
    clickhouse: ClickHouse
    options: Options
    run_id: str = field(init=False)
    ledger: Ledger = field(init=False)
    lock: Lock | None = None

    def __post_init__(self) -> None:
        self.run_id = self.options.run_id or uuid.uuid4().hex
        database = self.options.ledger_database
        days = self.options.trash_days
        self.ledger = Ledger(self.clickhouse, database, self.owner.key, self.run_id, days)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the lock while something is sent.

        Raises:
            LockHeld: Another run has it.
        """
        self.ledger.prepare()
        with project_lock(self.ledger, self.options) as self.lock:
            self.ledger = self.ledger.under(self.lock)
            yield

    def send(self, table: TableId, statement: str) -> None:
        """Send *statement* about *table*, and write it into the history at once.

        Raises:
            LockLost: Another run has the lock; nothing was sent.
            ServerError: The server refuses.
        """
        if self.lock is None:
            raise ValueError("a statement without the lock of the project")
        sender = Sender(self.clickhouse, self.lock.verify, comment_of(self.owner.key))
        try:
            sender.send(table, statement)
        finally:
            with suppress(LockLost):  # the next statement says so
                self.ledger.write_history("", sender.sent)
