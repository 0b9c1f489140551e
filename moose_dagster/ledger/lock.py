"""One reconcile of a project at a time: a table as an owned, renewed lock.

`CREATE TABLE` fails where the table exists, which makes it an atomic mutex on one server. Who holds
it and until when stands in the table's comment. A lock that has expired is removed by whoever gets
another one, called after the token of the holder that is gone, so that nobody who comes late
removes the next one. What was taken away by mistake is returned: a table is first renamed, then
looked at, then dropped.
"""

import json
import os
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from uuid import uuid4

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import LockHeld, LockLost, ServerError, ServerUnreachable
from moose_dagster.live.data_parts import server_time
from moose_dagster.sql.quoting import quoted_table, quoted_text
from moose_dagster.state.names import TableId

# TABLE_ALREADY_EXISTS and UNKNOWN_TABLE.
_EXISTS = 57
_MISSING = 60
_POLL = 0.25
# What is verified less often than this costs nothing beside the statements themselves.
_VERIFIED_FOR = 0.2


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock.

    Attributes:
        owner: Host and process.
        run_id: The run it works for.
        since: When it was taken, in ISO 8601.
        until: When it expires unless renewed, in ms of the server's clock.
        token: A random text that no other holder has.
    """

    owner: str
    run_id: str
    since: str
    until: int
    token: str

    def __str__(self) -> str:
        return f"{self.owner} (run {self.run_id}, since {self.since})"


@dataclass(slots=True)
class Lock:
    """A held lock; `verify` before each statement.

    Attributes:
        clickhouse: The server.
        table: The table that is the lock.
        holder: Who holds it.
        lease: Seconds after which it expires unless renewed.
        fencing_token: A number that grows with each holder: microseconds since 1970 by the
            server's clock, read while the lock was held. Each entry of the ledger has it, so that
            what a former holder writes late never counts.
    """

    clickhouse: ClickHouse
    table: TableId
    holder: Holder
    lease: float
    fencing_token: int = 0
    _verified: float = field(default_factory=time.monotonic)
    _lost: str = ""

    def verify(self) -> None:
        """Make sure that the lock is still ours.

        Raises:
            LockLost: Somebody else has it, or nobody.
            ServerUnreachable: The server does not answer.
        """
        if not self._lost and time.monotonic() - self._verified < _VERIFIED_FOR:
            return
        found, _ = _read(self.clickhouse, self.table)
        if found is None or found.token != self.holder.token:
            now_held = f"it is held by {found} now" if found else "nobody holds it now"
            self._lost = f"{self.table}: the lock was lost, {now_held}"
        # Once it is lost it stays so: another run has acted since.
        if self._lost:
            raise LockLost(f"{self._lost}; nothing more is sent. Run again.")
        self._verified = time.monotonic()

    def renew(self, clickhouse: ClickHouse) -> None:
        """Prolong the lease through a connection of the calling thread, if it is still held."""
        found, now = _read(clickhouse, self.table)
        if found is not None and found.token == self.holder.token:
            self.holder = replace(self.holder, until=now + round(self.lease * 1000))
            comment = quoted_text(json.dumps(_as_data(self.holder)))
            clickhouse.command(f"ALTER TABLE {quoted_table(self.table)} MODIFY COMMENT {comment}")


@contextmanager
def locked(
    clickhouse: ClickHouse, table: TableId, run_id: str, *, lease: float = 60.0, wait: float = 0.0
) -> Generator[Lock]:
    """Hold the lock *table* for the time of the block, renewing it in the background.

    Args:
        clickhouse: The server.
        table: The lock, in a database that exists.
        run_id: The run to name as holder.
        lease: Seconds after which a holder that no longer renews has lost it.
        wait: Seconds to wait for another holder.

    Raises:
        LockHeld: Somebody else holds it.
    """
    lock = _acquire(clickhouse, table, run_id, lease=lease, wait=wait)
    stopped = threading.Event()
    heartbeat = threading.Thread(target=_renew_until, args=(lock, stopped), daemon=True)
    heartbeat.start()
    try:
        yield lock
    finally:
        stopped.set()
        heartbeat.join()
        with suppress(ServerError, ServerUnreachable):  # it expires by itself
            _take_away(clickhouse, table, lock.holder.token)


def _acquire(
    clickhouse: ClickHouse, table: TableId, run_id: str, *, lease: float, wait: float
) -> Lock:
    deadline = time.monotonic() + wait
    while True:
        found, now = _read(clickhouse, table)
        if found is None:
            holder = _new_holder(run_id, now + round(lease * 1000))
            if _create(clickhouse, table, holder):
                fencing_token = round(server_time(clickhouse) * 1_000_000)
                # Held after the clock was read: whoever comes next reads a later time.
                found, _ = _read(clickhouse, table)
                if found is not None and found.token == holder.token:
                    return Lock(clickhouse, table, holder, lease, fencing_token)
            continue
        if found.until < now and _take_over(
            clickhouse, table, found, _new_holder(run_id, now + round(lease * 1000))
        ):
            continue
        if time.monotonic() >= deadline:
            raise LockHeld(
                f"{table}: another reconcile is running, {found}. "
                "Wait for it, or for the lock to expire."
            )
        time.sleep(_POLL)


def _new_holder(run_id: str, until: int) -> Holder:
    since = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return Holder(f"{socket.gethostname()}:{os.getpid()}", run_id, since, until, uuid4().hex)


def _create(clickhouse: ClickHouse, table: TableId, holder: Holder) -> bool:
    comment = quoted_text(json.dumps(_as_data(holder)))
    create = f"CREATE TABLE {quoted_table(table)} (held UInt8) ENGINE = Null COMMENT {comment}"
    return _sent(clickhouse, create, unless=_EXISTS)


def _sent(clickhouse: ClickHouse, statement: str, *, unless: int) -> bool:
    """Send *statement*, and tell whether the server did it or refused it with the code *unless*."""
    try:
        clickhouse.command(statement)
    except ServerError as error:
        if error.code == unless:
            return False
        raise
    return True


def _read(clickhouse: ClickHouse, table: TableId) -> tuple[Holder | None, int]:
    """Return who holds the lock, and the server's clock in ms."""
    rows = clickhouse.query(
        "SELECT toUnixTimestamp64Milli(now64(3)), groupArray(comment) FROM system.tables "
        "WHERE database = %(database)s AND name = %(name)s",
        {"database": table.database, "name": table.name},
    )
    now, comments = rows[0]
    return (_holder(table, comments[0]) if comments else None), int(now)


def _holder(table: TableId, comment: str) -> Holder:
    try:
        return Holder(**json.loads(comment))
    except (TypeError, ValueError) as error:
        text = (
            f"{table}: its comment does not say who holds the lock; DROP TABLE it if nobody does."
        )
        raise ServerError(text) from error


def _take_over(
    clickhouse: ClickHouse,
    table: TableId,
    stale: Holder,
    holder: Holder,
    *,
    at: TableId | None = None,
) -> bool:
    """Remove the expired lock of *stale*; False while another run is removing it.

    Args:
        clickhouse: The server.
        table: The lock.
        stale: Who held it.
        holder: Who takes over.
        at: The claim on a lock, in place of the lock itself.
    """
    claim = TableId(table.database, f"{table.name}__{stale.token}")
    if not _create(clickhouse, claim, holder):
        rival, now = _read(clickhouse, claim)
        if rival is not None and rival.until < now:
            return _take_over(clickhouse, table, rival, holder, at=claim)
        return rival is None
    found, now = _read(clickhouse, at or table)
    if found is not None and found.token == stale.token and found.until < now:
        _take_away(clickhouse, at or table, stale.token)
    _take_away(clickhouse, claim, holder.token)
    return True


def _take_away(clickhouse: ClickHouse, table: TableId, token: str) -> None:
    """Remove the lock if *token* holds it; whoever took it meanwhile gets it back."""
    found, _ = _read(clickhouse, table)
    if found is None or found.token != token:
        return
    aside = TableId(table.database, f"{table.name}__{uuid4().hex}")
    if not _sent(
        clickhouse, f"RENAME TABLE {quoted_table(table)} TO {quoted_table(aside)}", unless=_MISSING
    ):
        return
    found, _ = _read(clickhouse, aside)
    back = f"RENAME TABLE {quoted_table(aside)} TO {quoted_table(table)}"
    # A third one may have taken its name.
    if found is not None and found.token != token and _sent(clickhouse, back, unless=_EXISTS):
        return
    clickhouse.command(f"DROP TABLE IF EXISTS {quoted_table(aside)} SYNC")


def _renew_until(lock: Lock, stopped: threading.Event) -> None:
    while not stopped.wait(lock.lease / 4):
        try:
            with lock.clickhouse.another() as clickhouse:
                lock.renew(clickhouse)
        except (ServerError, ServerUnreachable):
            continue  # the next beat tries again; `verify` says what became of it


def _as_data(holder: Holder) -> dict[str, object]:
    return {
        "owner": holder.owner,
        "run_id": holder.run_id,
        "since": holder.since,
        "until": holder.until,
        "token": holder.token,
    }
