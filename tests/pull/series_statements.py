"""Migration series: a schema with rows, and the steps that a project's authors made of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pull.corpus_statements import statements_of

FOLDER = Path(__file__).parent / "series"
_STEP = "\n-- STEP "
_RENAMED = "-- RENAMED "
_BLOCKED = "-- BLOCKED "
_LOSES = "-- LOSES "


@dataclass(frozen=True)
class SeriesStep:
    """One step: its statements, and what is known of it.

    Attributes:
        name: What the step is for.
        schema: The statements that a person would send.
        inserts: The rows that come afterwards.
        renamed: Each renamed column: table, new name, old name.
        blocked: The words that the reason of a blocked change must have; none: all is applied.
        loses: The tables whose rows the step may change.
    """

    name: str
    schema: tuple[str, ...]
    inserts: tuple[str, ...]
    renamed: tuple[tuple[str, str, str], ...]
    blocked: tuple[str, ...]
    loses: tuple[str, ...]


def steps_in(file: Path) -> Iterator[SeriesStep]:
    """Yield the start of a series, then its steps."""
    for part in f"\n{file.read_text()}".split(_STEP):
        name, _, text = part.partition("\n")
        sent = [statement.sql for statement in statements_of(text)]
        schema = [sql for sql in sent if not sql.startswith("INSERT")]
        inserts = [sql for sql in sent if sql.startswith("INSERT")]
        renamed = [tuple(mark.split()) for mark in _marks(text, _RENAMED)]
        yield SeriesStep(
            name=name,
            schema=tuple(schema),
            inserts=tuple(inserts),
            renamed=tuple((table, new, old) for table, new, old in renamed),
            blocked=_marks(text, _BLOCKED),
            loses=_marks(text, _LOSES),
        )


def _marks(text: str, mark: str) -> tuple[str, ...]:
    return tuple(line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark))
