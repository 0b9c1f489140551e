"""What is set beside a server's address, wherever that is written: in Dagster, in pyproject.toml or by default."""

from typing import Protocol

from moose_dagster.reconcile.survey import Options


class ServerSettings(Protocol):
    """Where our own databases are, how long the trash keeps, and how far a run may go on the server."""

    @property
    def ledger_database(self) -> str:
        """Where the ledger is."""
        ...

    @property
    def trash_database(self) -> str:
        """Where dropped tables are kept."""
        ...

    @property
    def trash_days(self) -> float:
        """How long they are kept, in days."""
        ...

    @property
    def samples(self) -> bool:
        """Whether plans show some of the values that a change would lose."""
        ...

    @property
    def proof_budget_bytes(self) -> int:
        """The most bytes of one table that may be read to prove a change; 0 for no limit."""
        ...

    @property
    def rebuild_bytes_per_second(self) -> int:
        """The most that a rebuild reads, in bytes per second; 0 for no limit."""
        ...

    @property
    def lock_lease(self) -> float:
        """Seconds after which a run that was killed has lost its lock."""
        ...


def options_of(server: ServerSettings) -> Options:
    """Return the options that come with *server*."""
    return Options(
        ledger_database=server.ledger_database,
        trash_database=server.trash_database,
        trash_days=server.trash_days,
        samples=server.samples,
        proof_budget_bytes=server.proof_budget_bytes,
        rebuild_bytes_per_second=server.rebuild_bytes_per_second,
        lock_lease=server.lock_lease,
    )
