"""Time two things in turn, so that a busy machine slows both alike."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One line of the result, as text.

    Attributes:
        what: What was measured.
        ours: The median of the library, with its unit.
        yardstick: The median of what it is compared with; "-" for none.
        ratio: The median ratio of the two, such as `1.30x`.
        aim: The ratio or the figure that is wanted; "-" for none.
        spread: The lowest and the highest ratio of all rounds; "-" for a single round.
    """

    what: str
    ours: str
    yardstick: str
    ratio: str
    aim: str
    spread: str = "-"


def side_by_side(
    what: str,
    ours: Callable[[], object],
    yardstick: Callable[[], object],
    *,
    aim: str,
    rounds: int = 9,
) -> Measured:
    """Return the median times of *ours* and *yardstick*, run in turn, and the median ratio.

    A machine that changes its speed between two turns changes neither's ratio.
    """
    turns = [(seconds(ours), seconds(yardstick)) for _ in range(rounds)]
    mine = median([turn[0] for turn in turns])
    theirs = median([turn[1] for turn in turns])
    ratios = [turn[0] / turn[1] for turn in turns]
    ratio = median(ratios)
    lowest, highest = min(ratios), max(ratios)
    spread = f"{lowest:.2f} to {highest:.2f}" if rounds > 1 else "-"
    return Measured(what, shown(mine), shown(theirs), _ratio(ratio), aim, spread)


def compared(what: str, ours: float, yardstick: float, aim: str) -> Measured:
    """Return one line from two times in seconds."""
    return Measured(what, shown(ours), shown(yardstick), _ratio(ours / yardstick), aim)


def _ratio(value: float) -> str:
    return f"{value:.2f}x"


def seconds(function: Callable[[], object]) -> float:
    """Return how long one call takes."""
    gc.collect()
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def median(values: list[float]) -> float:
    """Return the middle value."""
    return sorted(values)[len(values) // 2]


def shown(value: float) -> str:
    """Return seconds as text."""
    return f"{value * 1000:,.0f} ms"
