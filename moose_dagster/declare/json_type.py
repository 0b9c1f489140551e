"""The JSON type with its limits, typed paths and skipped paths."""

from collections.abc import Iterable
from dataclasses import dataclass

from moose_dagster.sql.quoting import quoted_name, quoted_text


@dataclass(frozen=True, slots=True)
class ClickHouseJson:
    """How a JSON column is stored; the fields of an annotated model are its typed paths.

    Attributes:
        max_dynamic_paths: Number of paths stored as columns of their own; None means the server's
            default.
        max_dynamic_types: Number of types one path may have before they share a column; None means
            the server's default.
        skip_paths: Paths that are not stored; empty by default.
        skip_regexps: Regular expressions for the names of further paths that are not stored; empty
            by default.
    """

    max_dynamic_paths: int | None = None
    max_dynamic_types: int | None = None
    skip_paths: tuple[str, ...] = ()
    skip_regexps: tuple[str, ...] = ()


def json_text(options: ClickHouseJson, typed_paths: Iterable[tuple[str, str]]) -> str:
    """Return the JSON type of *options* with *typed_paths*, each a path and its type."""
    limits = (
        ("max_dynamic_types", options.max_dynamic_types),
        ("max_dynamic_paths", options.max_dynamic_paths),
    )
    parts = [f"{name} = {limit}" for name, limit in limits if limit is not None]
    parts += (f"{quoted_name(path)} {type_}" for path, type_ in typed_paths)
    parts += (f"SKIP {quoted_name(path)}" for path in options.skip_paths)
    parts += (f"SKIP REGEXP {quoted_text(pattern)}" for pattern in options.skip_regexps)
    return f"JSON({', '.join(parts)})" if parts else "JSON"
