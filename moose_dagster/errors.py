"""Everything this library raises.

MooseDagsterError
├── DeclarationError        the code is wrong; lists every fault
├── ServerError             the server answered with an error; carries its code
├── ServerUnreachable       nobody answered; nothing is known about the last statement
├── GuardError              a statement was about to be sent that its life cycle forbids
├── ReconcileError          a reconcile ended with something undone that should be done
├── TrashError              what was asked of the trash is not there, or has no free place to go
├── LockHeld                another reconcile of the project is at work
├── LockLost                the lock went to somebody else; nothing more is sent
└── EmbeddedServerError     a local development server could not start or be reached
"""

from collections.abc import Sequence
from typing import TypeAlias


class MooseDagsterError(Exception):
    """The root of every error raised by this library."""


class DeclarationError(MooseDagsterError):
    """Declarations that can't be turned into a schema; the message lists every fault.

    Args:
        faults: One sentence per fault, each naming resource and field.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault" + ("s" if len(self.faults) > 1 else "")
        super().__init__(
            f"{count} in the declarations:\n" + "\n".join(f"- {fault}" for fault in self.faults)
        )


class ServerError(MooseDagsterError):
    """An error a server answered with.

    Args:
        message: The server's own message.
        code: The server's error code (ClickHouse: `SELECT * FROM system.errors`), or None.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        self.code = code
        super().__init__(message)


class ServerUnreachable(MooseDagsterError):  # noqa: N818 - names the state a caller acts on
    """A server that did not answer; whether the last statement ran is unknown."""


ServerFailure: TypeAlias = ServerError | ServerUnreachable
"""How a call to a server can fail."""


class GuardError(MooseDagsterError):
    """A statement that the life cycle of its resource forbids, stopped before it was sent."""


class ReconcileError(MooseDagsterError):
    """A reconcile that left something undone which should have been done."""


class TrashError(MooseDagsterError):
    """Something asked of the trash that it does not hold, or a name to restore to that is taken."""


class LockHeld(MooseDagsterError):  # noqa: N818 - names the state a caller acts on
    """Another reconcile of the same project is at work; the message says whose."""


class LockLost(MooseDagsterError):  # noqa: N818 - as above
    """The lock of a running reconcile went to somebody else; it stopped before its next statement."""


class EmbeddedServerError(MooseDagsterError):
    """A local development server that could not start, stop or be reached."""
