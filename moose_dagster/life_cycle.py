"""The three life cycles of a resource."""

from enum import Enum


class LifeCycle(str, Enum):
    """How far the library may go to make a live resource match its declaration."""

    FULLY_MANAGED = "FULLY_MANAGED"
    """The server follows the code, destructive changes included (through the trash)."""

    DELETION_PROTECTED = "DELETION_PROTECTED"
    """Only what loses nothing is applied; the rest is blocked and reported on every run."""

    EXTERNALLY_MANAGED = "EXTERNALLY_MANAGED"
    """Nothing is ever written; differences are flagged."""
