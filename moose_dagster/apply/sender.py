"""Send a statement: with the settings of its kind, under the lock, and into the history."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from moose_dagster.apply.attach import goes_one_by_one, one_by_one
from moose_dagster.apply.hosts import is_late, wait_for_hosts
from moose_dagster.apply.room import check_room
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.on_cluster import UnevenHosts
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.ledger.writer import Sent
from moose_dagster.state.names import ResourceId
from moose_dagster.state.redacted import REDACTED

# Wait for every replica and every mutation: an "OK" before they have ended proves nothing.
_WAIT = {"alter_sync": 2, "mutations_sync": 2}
# A block inserted into a Replacing or Summing table would lose its duplicate rows on the way, and a
# MATERIALIZED column such as now() another value. The table has as many partitions as it has, and
# equal blocks of it are not repetitions.
_COPY = {
    "optimize_on_insert": 0,
    "insert_allow_materialized_columns": 1,
    "max_partitions_per_insert_block": 0,
    "insert_deduplicate": 0,
}
# What is dropped was copied or kept before. Above 50 GB the server refuses a DROP (359) as a guard
# against mistakes.
_ANY_SIZE = {"max_table_size_to_drop": 0, "max_partition_size_to_drop": 0}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a statement holds only on its way to the server.

    Attributes:
        values: The texts that no message and no history may show.
        fill: Returns a statement with its secrets in their places.
    """

    values: Sequence[str] = field(default=(), repr=False)
    fill: Callable[[str], str] = str


_NO_SECRETS = Secrets()


@dataclass(slots=True)
class Sender:
    """Sends statements one after the other.

    Attributes:
        clickhouse: The server.
        verify: Makes sure before each statement that this run still holds the lock, or raises
            LockLost.
        comment: The `log_comment` of each statement, by which a later run finds those that are
            still running; "" for none.
        bytes_per_second: The most that a copy reads from disk, in bytes per second; 0 for no limit.
        sent: What was sent since it was last written into the history.
    """

    clickhouse: ClickHouse
    verify: Callable[[], None]
    comment: str = ""
    bytes_per_second: int = 0
    sent: list[Sent] = field(default_factory=list[Sent])

    def send(
        self,
        resource: ResourceId,
        statement: str,
        settings: Mapping[str, object] | None = None,
        secrets: Secrets = _NO_SECRETS,
    ) -> None:
        """Send *statement* about *resource*, and wait for it.

        Args:
            resource: The table or view in whose history it is.
            statement: As it may be shown.
            settings: Settings of the query; they go before those of its kind.
            secrets: What takes the place of placeholders.

        Raises:
            LockLost: Nothing was sent.
            ServerError: The server refuses.
            ServerUnreachable: Whether it ran is not known.
        """
        try:
            self._send_one(resource, statement, settings or {}, secrets)
        except ServerError as refused:
            if not goes_one_by_one(statement, refused.code):
                raise
            for part in one_by_one(self.clickhouse, statement):
                self._send_one(resource, part, settings or {}, secrets)

    def _send_one(
        self,
        resource: ResourceId,
        statement: str,
        settings: Mapping[str, object],
        secrets: Secrets,
    ) -> None:
        self.verify()
        if statement.startswith("ALTER TABLE "):
            check_room(self.clickhouse)
        at = datetime.now(timezone.utc)
        started = time.monotonic()
        error = ""
        # Without their causes, which may hold the secrets.
        try:
            self._send_and_wait(
                secrets.fill(statement), {**self._settings(statement), **settings}, started
            )
        except ServerUnreachable as unreachable:
            error = _without(str(unreachable), secrets.values)
            raise ServerUnreachable(error) from None
        except UnevenHosts as uneven:
            error = _without(str(uneven), secrets.values)
            raise UnevenHosts(
                error, uneven.code, uneven.unfinished, refused=uneven.refused
            ) from None
        except ServerError as refused:
            error = _without(str(refused), secrets.values)
            raise ServerError(error, refused.code) from None
        finally:
            # That a database exists says nothing about the resource.
            if error or not statement.startswith("CREATE DATABASE "):
                took = round((time.monotonic() - started) * 1000)
                self.sent.append(Sent(resource, statement, at, took, error))

    def _send_and_wait(
        self, statement: str, settings: Mapping[str, object], started: float
    ) -> None:
        """Send *statement*, and wait for the hosts of a cluster that are late with it."""
        try:
            self.clickhouse.command(statement, settings)
        except UnevenHosts as late:
            if not is_late(late):
                raise
            wait_for_hosts(self.clickhouse, late, started)

    def _settings(self, statement: str) -> dict[str, object]:
        settings: dict[str, object] = {"log_comment": self.comment} if self.comment else {}
        if statement.startswith("ALTER TABLE "):
            settings |= _WAIT
        elif statement.startswith(("DROP TABLE ", "DROP DATABASE ")):
            settings |= _ANY_SIZE
        elif statement.startswith("INSERT "):
            settings |= _COPY
            if self.bytes_per_second:
                settings |= {
                    "max_local_read_bandwidth": self.bytes_per_second,
                    "max_remote_read_network_bandwidth": self.bytes_per_second,
                }
        return settings


def _without(message: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        message = message.replace(secret, REDACTED)
    return message
