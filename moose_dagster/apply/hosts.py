"""Wait for hosts of a cluster that had not ended a statement when the server stopped waiting."""

import time
from typing import Final

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.on_cluster import UnevenHosts
from moose_dagster.errors import ServerError

_LONGEST_PAUSE: Final = 5.0  # seconds
_TIMEOUT = 159
# Each host works through the queue in its order. The clock is the server's.
_QUEUE = """
SELECT concat(ifNull(host, ''), ':', toString(ifNull(port, 0))), toString(status),
    ifNull(exception_code, 0), ifNull(exception_text, '')
FROM system.distributed_ddl_queue
WHERE query_create_time >= now() - toIntervalSecond(%(seconds)s)"""
_PATIENCE = "SELECT toInt64(getSetting('distributed_ddl_task_timeout'))"


def wait_for_hosts(clickhouse: ClickHouse, late: UnevenHosts, started: float) -> None:
    """Return when the hosts that were *late* with a statement have carried it out.

    They are waited for as long again as the server has waited: `distributed_ddl_task_timeout`
    seconds.

    Args:
        clickhouse: The server.
        late: What was answered.
        started: When the statement was sent, by `time.monotonic()`.

    Raises:
        ServerError: A host refused it, or they are still running it.
    """
    ((patience,),) = clickhouse.query(_PATIENCE)
    until = time.monotonic() + max(0, int(patience))
    pause = 0.25
    while True:
        seconds = round(time.monotonic() - started) + 5
        rows = clickhouse.query(_QUEUE, {"seconds": seconds})
        of_hosts = [row for row in rows if str(row[0]) in late.unfinished]
        for host, _, code, text in of_hosts:
            if int(code):
                raise UnevenHosts(f"on {host}: {text}", int(code), (), refused=True)
        working = sorted({str(row[0]) for row in of_hosts if str(row[1]) != "Finished"})
        if of_hosts and not working:
            return
        if time.monotonic() >= until:
            names = ", ".join(working or late.unfinished)
            raise UnevenHosts(
                f"{late}. It stays in the queue of {names} and may still be carried out there; the "
                "next run looks at every host before it sends anything.",
                _TIMEOUT,
                late.unfinished,
                refused=False,
            )
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def is_late(error: ServerError) -> bool:
    """Tell whether *error* says only that hosts have not ended."""
    return isinstance(error, UnevenHosts) and bool(error.unfinished) and not error.refused
