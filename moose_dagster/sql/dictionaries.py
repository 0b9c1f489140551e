"""Which tables a dictionary is loaded from."""

from collections.abc import Mapping

from moose_dagster.sql.quoting import written_name
from moose_dagster.sql.views import read_by
from moose_dagster.state.names import TableId
from moose_dagster.state.tokens import end_of_call, tokens

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def source_tables(definition: str, database: str) -> tuple[TableId, ...]:
    """Return the tables of the same server that a dictionary is loaded from.

    Args:
        definition: The text after the name of the dictionary.
        database: Where the dictionary is, and tables that its source does not qualify.
    """
    source = _clickhouse_source(definition)
    if source.get("HOST", "localhost") not in LOCAL_HOSTS:
        return ()
    read = read_by(source["QUERY"], database) if "QUERY" in source else ()
    if "TABLE" in source:
        read = (*read, TableId(source.get("DB", database), source["TABLE"]))
    return read


def _clickhouse_source(definition: str) -> Mapping[str, str]:
    """Return the parameters of `SOURCE(CLICKHOUSE(...))`, by their names in capitals."""
    pieces = [piece for piece in tokens(definition) if piece.strip()]
    for position, piece in enumerate(pieces):
        if piece.upper() == "CLICKHOUSE":
            inside = pieces[position + 2 : end_of_call(pieces, position)]
            pairs = zip(inside[::2], inside[1::2], strict=False)
            return {key.upper(): written_name(value) for key, value in pairs}
    return {}
