"""Compare the set operations of two queries as the server reads them."""

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.sql.set_operations import (
    SET_OPERATIONS,
    has_bare_set_operation,
    with_plain_set_operations,
)


def same_set_operations(clickhouse: ClickHouse, live: str, desired: str) -> bool:
    """Tell whether two formatted queries are the same but for how set operations are written."""
    modes = (
        _modes(clickhouse)
        if has_bare_set_operation(live) or has_bare_set_operation(desired)
        else {}
    )
    return with_plain_set_operations(live, modes) == with_plain_set_operations(desired, modes)


def _modes(clickhouse: ClickHouse) -> dict[str, str]:
    """Return what a bare set operation stands for on this connection: ALL, DISTINCT or nothing."""
    rows = clickhouse.query_once(
        "SELECT name, value FROM system.settings WHERE name LIKE '%_default_mode'"
    )
    words = {f"{word.lower()}_default_mode": word for word in SET_OPERATIONS}
    return {words[name]: str(value) for name, value in rows if name in words}
