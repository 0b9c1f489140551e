"""How fast a rebuild copies, and how long it waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How a rebuild copies.

    Attributes:
        rows: About how many rows are copied between two checkpoints.
        bytes_per_second: The most that is read from disk, in bytes per second; 0 for no limit.
        small: A round of fewer rows than this is the last one before the exchange.
        rounds: The most rounds before the exchange.
        wait_for_inserts: Seconds to wait for inserts that began before the exchange.
        wait_for_merges: Seconds to wait for merges and mutations that began before the rebuild.
    """

    rows: int = 20_000_000
    bytes_per_second: int = 0
    small: int = 100_000
    rounds: int = 5
    wait_for_inserts: float = 60.0
    wait_for_merges: float = 3600.0
