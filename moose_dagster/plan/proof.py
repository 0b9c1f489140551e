"""What a read-only probe of the live data found out about one change."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """The answer of a probe.

    Args:
        rows: Rows whose value would be lost or altered.
        samples: Some of those values as text.
        error: The server's message where the data can't be converted at all, else "".
        not_asked: Why the data was not looked at, as where that reads too much, else "".
        data: What is another text after each write to the table; "" where that can't be told.
    """

    rows: int
    samples: tuple[str, ...] = ()
    error: str = ""
    not_asked: str = ""
    data: str = ""
