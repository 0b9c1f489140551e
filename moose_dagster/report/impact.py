"""What a plan touches, in words."""

from collections.abc import Iterator

from moose_dagster.plan.impact import Impact
from moose_dagster.state.counting import counted

_UNITS = ("B", "kB", "MB", "GB", "TB")
_THOUSAND = 1000


def lost_words(impact: Impact) -> str:
    """Return what is lost or changed, such as `3 (note), 12 (TTL)`; "" where nothing is known."""
    return ", ".join(f"{rows:,} ({name})" for name, rows in impact.lost.items())


def view_words(impact: Impact) -> list[str]:
    """Return the names of the views; those that fill the table are marked."""
    if impact.views is None:
        return ["could not be read"]
    return [*map(str, impact.views), *(f"{view} (fills it)" for view in impact.filled_by)]


def impact_words(impact: Impact) -> str:
    """Return what is touched as one line, such as `2 rows, 402 B; read by shop.recent`."""
    return "; ".join(_words(impact))


def impact_as_data(impact: Impact) -> dict[str, object]:
    """Return what is touched as plain data for JSON."""
    return {
        "resource": str(impact.resource),
        "rows": impact.rows,
        "bytes": impact.bytes,
        "messages": impact.messages,
        "partitions": impact.partitions,
        "lost": dict(impact.lost),
        "views": None if impact.views is None else list(map(str, impact.views)),
        "filled_by": list(map(str, impact.filled_by)),
    }


def _words(impact: Impact) -> Iterator[str]:
    sizes = [] if impact.rows is None else [counted(impact.rows, "row")]
    sizes += [] if impact.bytes is None else [_size(impact.bytes)]
    sizes += [] if impact.messages is None else [counted(impact.messages, "message")]
    sizes += [] if impact.partitions is None else [counted(impact.partitions, "partition")]
    if sizes:
        yield ", ".join(sizes)
    if impact.lost:
        yield f"loses or changes {lost_words(impact)}"
    if impact.views:
        yield f"read by {', '.join(map(str, impact.views))}"
    if impact.filled_by:
        yield f"filled by {', '.join(map(str, impact.filled_by))}"


def _size(count: int) -> str:
    value = float(count)
    unit = 0
    while value >= _THOUSAND and unit < len(_UNITS) - 1:
        value = value / _THOUSAND
        unit = unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if not unit else f"{value:.1f} {_UNITS[unit]}"
