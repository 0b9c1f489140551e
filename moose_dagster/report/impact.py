"""What a plan touches, in words."""

from collections.abc import Iterator, Mapping, Sequence

from moose_dagster.diff.changes import Change
from moose_dagster.plan.describe import ABSENT, describe
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Step
from moose_dagster.risk.levels import Risk
from moose_dagster.state.counting import counted

_UNITS = ("B", "kB", "MB", "GB", "TB")
_THOUSAND = 1000
_LOSES: Mapping[Verdict, str] = {
    Verdict.APPLY: "loses or changes",
    Verdict.BLOCK: "would lose or change",
    Verdict.DRIFT: "",
}


def lost_words(impact: Impact, of_steps: Sequence[Step[Change]] | None = None) -> str:
    """Return what is lost or changed, as in `3 rows (note), 12 rows (TTL)`; "" for nothing known.

    Args:
        impact: What is touched.
        of_steps: Leave out what other steps lose.
    """
    noun = "row" if impact.messages is None else "message"
    names = None if of_steps is None else {name for step in of_steps for name in _lost_as(step)}
    lost = ((name, count) for name, count in impact.lost.items() if count)
    return ", ".join(
        f"{counted(count, noun)} ({name})" for name, count in lost if names is None or name in names
    )


def view_words(impact: Impact) -> list[str]:
    """Return the names of the views; those that fill the table are marked."""
    if impact.views is None:
        return ["could not be read"]
    return [*map(str, impact.views), *(f"{view} (fills it)" for view in impact.filled_by)]


def impact_words(impact: Impact, steps: Sequence[Step[Change]]) -> str:
    """Return what is touched as one line, such as `2 rows, 402 B; read by shop.recent`.

    Args:
        impact: What is touched.
        steps: Steps of that resource with the same verdict; the line says what these lose.
    """
    return "; ".join(_words(impact, steps))


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


def _words(impact: Impact, steps: Sequence[Step[Change]]) -> Iterator[str]:
    sizes = [] if impact.rows is None else [counted(impact.rows, "row")]
    sizes += [] if impact.bytes is None else [size_words(impact.bytes)]
    sizes += [] if impact.messages is None else [counted(impact.messages, "message")]
    sizes += [] if impact.partitions is None else [counted(impact.partitions, "partition")]
    if sizes:
        yield ", ".join(sizes)
    verb = _LOSES[steps[0].verdict] if steps else ""
    if verb and (lost := lost_words(impact, steps)):
        yield f"{verb} {lost}"
    if impact.views:
        yield f"read by {', '.join(map(str, impact.views))}"
    if impact.filled_by:
        yield f"filled by {', '.join(map(str, impact.filled_by))}"


def _lost_as(step: Step[Change]) -> Iterator[str]:
    """Yield the names under which an impact may have what *step* loses."""
    if step.risk not in {Risk.DESTRUCTIVE, Risk.DATA_DEPENDENT}:
        return
    text = describe(step.change)
    yield text.column or text.facet
    yield text.facet
    yield f"CONSTRAINT {text.column}"
    if text.declared == ABSENT:
        yield "all"


def size_words(count: int) -> str:
    """Return a number of bytes as people read it, such as `45.9 kB`."""
    value = float(count)
    unit = 0
    while value >= _THOUSAND and unit < len(_UNITS) - 1:
        value = value / _THOUSAND
        unit = unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if not unit else f"{value:.1f} {_UNITS[unit]}"
