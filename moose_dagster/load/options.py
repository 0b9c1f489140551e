"""What one load may do, and when it stops."""

import math
import time
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from moose_dagster.reconciliation.results import Options

Interrupted: TypeAlias = Literal["ask", "again", "loaded"]


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What one load may do.

    Attributes:
        messages: The most messages that are read; 0 for no limit.
        bytes: The most bytes of messages that are read; 0 for no limit.
        seconds: After how many seconds no further batch begins; 0 for no limit.
        interrupted: What becomes of the batch of a killed run where nobody knows whether the table
            has it, because the table was made again since. "ask" loads nothing of its partition,
            "again" inserts the batch, and "loaded" takes it for inserted.
        run: Where the ledger is, what the run is called, which tables and topics are selected, and
            how long to wait for the lock.
    """

    messages: int = 0
    bytes: int = 0
    seconds: float = 0.0
    interrupted: Interrupted = "ask"
    run: Options = field(default_factory=Options)


@dataclass(slots=True)
class Budget:
    """What is left of the limits of a load.

    Attributes:
        messages: How many messages may still be read.
        bytes: How many bytes may still be read.
        deadline: The monotonic time after which no batch begins.
        whole: The budget that this one is a share of, which is spent with it; None for none.
    """

    messages: float
    bytes: float
    deadline: float
    whole: "Budget | None" = None

    @classmethod
    def of(cls, options: LoadOptions) -> "Budget":
        """Return what *options* give to a load that begins now."""
        return cls(
            options.messages or math.inf,
            options.bytes or math.inf,
            time.monotonic() + (options.seconds or math.inf),
        )

    @property
    def is_spent(self) -> bool:
        """Whether no further batch may begin."""
        return self.messages <= 0 or self.bytes <= 0 or time.monotonic() > self.deadline

    def share(self, of: int) -> "Budget":
        """Return an equal share for one of the *of* partitions that remain."""
        return Budget(_divided(self.messages, of), _divided(self.bytes, of), self.deadline, self)

    def spend(self, messages: int, size: int) -> None:
        """Take what was read off."""
        self.messages -= messages
        self.bytes -= size
        if self.whole is not None:
            self.whole.spend(messages, size)


def _divided(amount: float, by: int) -> float:
    return amount if math.isinf(amount) else math.ceil(amount / by)
