"""Attach every partition of a table to another, one by one where the server can't do it at once."""

from collections.abc import Iterator

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.sql.quoting import quoted_text

_ATTACH_ALL = " ATTACH PARTITION ALL FROM "
_SUPPORT_IS_DISABLED = 344


def goes_one_by_one(statement: str, code: int | None) -> bool:
    """Tell whether *code* says that the server, such as ClickHouse 24.8, lacks PARTITION ALL."""
    return code == _SUPPORT_IS_DISABLED and _ATTACH_ALL in statement


def one_by_one(clickhouse: ClickHouse, statement: str) -> Iterator[str]:
    """Yield what attaches each partition that *statement* would attach all at once."""
    alter, _, source = statement.partition(_ATTACH_ALL)
    for (partition,) in clickhouse.query(f"SELECT DISTINCT _partition_id FROM {source} ORDER BY 1"):
        yield f"{alter} ATTACH PARTITION ID {quoted_text(str(partition))} FROM {source}"
