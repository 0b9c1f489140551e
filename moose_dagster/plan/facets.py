"""The words by which plans and checks name what differs."""

from typing import Final

# Each as `describe` writes it; of settings and topic configs the name follows, or stands alone.
FACETS: Final = frozenset(
    {
        "ORDER BY",
        "PARTITION BY",
        "PRIMARY KEY",
        "SAMPLE BY",
        "TTL",
        "codec",
        "column",
        "column name",
        "comment",
        "constraint",
        "default",
        "definition",
        "dictionary",
        "engine",
        "index",
        "kind",
        "materialized view",
        "nullability",
        "partitions",
        "projection",
        "query",
        "refresh",
        "replication factor",
        "setting",
        "settings",
        "statistics",
        "storage",
        "table",
        "table name",
        "target",
        "topic",
        "type",
        "view",
    }
)


def is_facet(words: str) -> bool:
    """Whether *words* name a facet, alone or with what follows it: `codec`, `codec note`, `retention.ms`."""
    return "." in words or any(words == facet or words.startswith(f"{facet} ") for facet in FACETS)
