"""What is set beside a server's address, in Dagster or in pyproject.toml."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from pydantic import BaseModel, Field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.trash import MOST_TRASH_DAYS
from moose_dagster.reconciliation.results import LOCK_LEASE, PROOF_BUDGET_BYTES, Options


class ServerSettings(BaseModel):
    """Where our own databases are, how long the trash is kept, and the limits of a run."""

    ledger_database: str = Field(default="moose_dagster", description="Where the ledger is.")
    trash_database: str = Field(
        default="moose_dagster_trash", description="Where dropped tables are kept."
    )
    trash_days: float = Field(
        default=7.0,
        ge=0,
        le=MOST_TRASH_DAYS,
        description="How long they are kept, in days; 0 keeps nothing.",
    )
    samples: bool = Field(
        default=True, description="Whether plans show some of the values a change would lose."
    )
    proof_budget_bytes: int = Field(
        default=PROOF_BUDGET_BYTES,
        ge=0,
        description=(
            "The most bytes of one table, uncompressed, that may be read to prove a change; "
            "0 for no limit."
        ),
    )
    rebuild_bytes_per_second: int = Field(
        default=0,
        ge=0,
        description="The most that a rebuild reads from disk, in bytes per second; 0 for no limit.",
    )
    lock_lease: float = Field(
        default=LOCK_LEASE,
        gt=0,
        description="Seconds after which a run that was killed has lost its lock.",
    )


class ClickHouseServer(ServerSettings, ABC):
    """A ClickHouse server to connect to, and what is set beside its address."""

    @abstractmethod
    def connect(self) -> AbstractContextManager[ClickHouse]:
        """Return a connection."""


def options_of(server: ServerSettings) -> Options:
    """Return the options that come with *server*."""
    return Options(**{name: getattr(server, name) for name in ServerSettings.model_fields})
