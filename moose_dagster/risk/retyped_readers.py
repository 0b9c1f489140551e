"""What the change of a column's type does to the views that read it, as the server tells it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.types import type_risk
from moose_dagster.state.views import View, ViewKind

_KEEPS_VALUES = frozenset({Risk.SAFE, Risk.REWRITE})
_MESSAGE = re.compile(
    r"DB::Exception: (.*?)(?:: [Ww]hile |\. In scope |\. \([A-Z_]+\)| \(version |\Z)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class RetypedReader:
    """A view, and what the server says of its query before and after a type change.

    Attributes:
        view: Its definition once the plan is done.
        is_carried: Whether this run makes it again after the change.
        before: The type of each column of its query without the change.
        after: The type of each column of its query with the change.
        error: What the server says instead of `after`; "" for nothing.
        failed_before: Whether the server could not tell the columns without the change either.
        stored: The types that the live view keeps until it is made again.
        takes: The types of the table that a materialized view writes to.
    """

    view: View
    is_carried: bool
    before: Mapping[str, str]
    after: Mapping[str, str]
    error: str = ""
    failed_before: bool = False
    stored: Mapping[str, str] | None = None
    takes: Mapping[str, str] | None = None

    @property
    def changed(self) -> dict[str, str]:
        """The new types of the columns that the change alters."""
        return {
            name: type_
            for name, type_ in self.after.items()
            if name in self.before and self.before[name] != type_
        }


def assess_retyped(readers: Iterable[RetypedReader]) -> Assessment | None:
    """Return the worst that a type change does to *readers*, or None where they all go on."""
    found = [one for one in map(_assess, readers) if one is not None]
    severity = tuple(Risk)
    return max(found, key=lambda one: severity.index(one.risk), default=None)


def _assess(reader: RetypedReader) -> Assessment | None:
    is_materialized = reader.view.kind is ViewKind.MATERIALIZED_VIEW
    name = f"the {reader.view.kind.value.lower()} {reader.view.id}"
    if reader.error and not reader.failed_before:
        why = f"the query of {name} would fail: {_message(reader.error)}"
        return Assessment(Risk.IMPOSSIBLE, why, "Change its query in the same plan.")
    if reader.error:
        why = f"the server can't tell what {name} would give with the new type"
        return Assessment(Risk.IMPOSSIBLE, why) if is_materialized else None
    if not reader.changed:
        return None
    return _assess_filling(reader, name) if is_materialized else _assess_stale(reader, name)


def _assess_filling(reader: RetypedReader, name: str) -> Assessment | None:
    """Assess a materialized view whose query gives other types."""
    takes = reader.takes or {}
    for column, type_ in reader.changed.items():
        target = takes.get(column)
        if target is not None and not _fits(type_, target):
            where = reader.view.target or "its own storage"
            return Assessment(
                Risk.IMPOSSIBLE,
                f"{name} would put {column} {type_} into {column} {target} of {where}, "
                "which would change values",
                "Change that column or the view in the same plan.",
            )
    if reader.is_carried:
        return None
    column = next(iter(reader.changed))
    return Assessment(
        Risk.IMPOSSIBLE,
        f"{name}, which this run does not change, would go on with the old type of {column}, "
        "which would change values",
        "Declare the view, or change it by hand.",
    )


def _assess_stale(reader: RetypedReader, name: str) -> Assessment | None:
    """Assess a plain view, which keeps the types that it was made with."""
    if reader.is_carried:
        return None
    stored = reader.stored or {}
    for column, type_ in reader.changed.items():
        stored_type = stored.get(column)
        if stored_type is not None and not _fits(type_, stored_type):
            return Assessment(
                Risk.DESTRUCTIVE,
                f"{name}, which this run does not change, keeps {column} {stored_type} until it is "
                "made again, and its readers would get other values",
            )
    return None


def _fits(type_: str, into: str) -> bool:
    return type_ == into or type_risk(type_, into)[0] in _KEEPS_VALUES


def _message(error: str) -> str:
    match = _MESSAGE.search(error)
    return " ".join((match[1] if match else error).split())[:300]
