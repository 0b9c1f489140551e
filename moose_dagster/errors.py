"""Everything this library raises.

MooseDagsterError
├── DeclarationError        the code is wrong; lists every fault
├── ServerError             the server answered with an error; carries its code
├── ServerUnreachable       no server answered; whether the last statement ran is unknown
├── GuardError              a life cycle forbids a statement; it was not sent
├── ReconcileError          a reconcile ended before everything was applied
├── LoadError               messages can't be loaded into a table as it is
├── TrashError              an entry is not in the trash, or the name to restore to is taken
├── LockHeld                another reconcile of the project is running
├── LockLost                the run has lost its lock; nothing more is sent
└── EmbeddedServerError     a local development server could not start or be reached
"""

from collections.abc import Sequence
from typing import TypeAlias


class MooseDagsterError(Exception):
    """The root of every error raised by this library."""


class DeclarationError(MooseDagsterError):
    """Declarations that can't be turned into a schema; the message lists every fault.

    Attributes:
        faults: One sentence per fault, each naming resource and field.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault" + ("s" if len(self.faults) > 1 else "")
        super().__init__(
            f"{count} in the declarations:\n" + "\n".join(f"- {fault}" for fault in self.faults)
        )


class ServerError(MooseDagsterError):
    """An error that a server answered with.

    Args:
        message: What is wrong, where, and what to do.
        code: The server's error code, if it gave one.

    Attributes:
        code: The server's error code (ClickHouse: `SELECT * FROM system.errors`); None if it gave
            none.
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
    """A reconcile that ended before everything was applied."""


class LoadError(MooseDagsterError):
    """Messages that can't be loaded into a table as it is, or as the topic is."""


class TrashError(MooseDagsterError):
    """An entry that is not in the trash, or a name to restore to that is taken."""


class LockHeld(MooseDagsterError):  # noqa: N818 - names the state a caller acts on
    """Another reconcile of the same project is running; the message names its run."""


class LockLost(MooseDagsterError):  # noqa: N818 - as above
    """Another run has taken the lock of this reconcile, which stopped before its next statement."""


class EmbeddedServerError(MooseDagsterError):
    """A local development server that could not start, stop or be reached."""
