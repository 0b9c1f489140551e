"""How bad a change could be, and the words that say why."""

from dataclasses import dataclass
from enum import Enum


class Risk(str, Enum):
    """How bad a change could be for what is stored."""

    SAFE = "SAFE"
    """No stored value is lost or altered."""
    REWRITE = "REWRITE"
    """Nothing is lost, stored data is rewritten; costs time and disk."""
    DATA_DEPENDENT = "DATA_DEPENDENT"
    """Lossless or lossy depending on what is stored, and not proved either way."""
    REBUILD = "REBUILD"
    """The table must be rebuilt; every row is copied and counted."""
    DESTRUCTIVE = "DESTRUCTIVE"
    """Stored data is lost, changes its meaning, or a resource disappears."""
    IMPOSSIBLE = "IMPOSSIBLE"
    """The server can't do it, or would leave something unreadable; never attempted."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A risk and the words that say why.

    Attributes:
        risk: How bad the change could be.
        why: The reason, as the second half of a sentence.
        advice: What to do, as a sentence; "" for the usual advice about such a change.
    """

    risk: Risk
    why: str
    advice: str = ""
