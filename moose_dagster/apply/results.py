"""How actions ended."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from moose_dagster.clients.on_cluster import UnevenHosts
from moose_dagster.errors import LockLost, ServerError, ServerUnreachable
from moose_dagster.plan.steps import AnyAction


@dataclass(frozen=True, slots=True)
class Result:
    """How one action ended.

    Attributes:
        action: What was to be done.
        milliseconds: How long it took.
        error: The server's message; "" when all went well.
        code: The server's error code; None where the connection or the lock was lost.
        reached: False where nothing was sent because the connection was lost before.
        is_final: Whether the error counts even where the steps are made one by one afterwards.
        on_some_hosts: Whether some hosts of a cluster carried it out or may still do so, so that
            nothing of it is sent again in this run.
    """

    action: AnyAction
    milliseconds: int
    error: str = ""
    code: int | None = None
    reached: bool = True
    is_final: bool = False
    on_some_hosts: bool = False


class StatementError(Exception):
    """A statement of several that ended badly, so that the ones after it are not sent.

    Attributes:
        error: The server's message, or what was found wrong.
        code: The server's error code; None where the connection or the lock was lost.
    """

    def __init__(self, error: str, code: int | None) -> None:
        super().__init__(error)
        self.error = error
        self.code = code


class NoLongerProved(StatementError):  # noqa: N818 - names the state a caller acts on
    """A statement that was not sent, because rows written since the proof would lose something."""

    def __init__(self, error: str) -> None:
        super().__init__(error, 0)


class RowsLeftBehind(StatementError):  # noqa: N818 - names the state a caller acts on
    """A rebuild that ended, though the former table was changed in a way the new one lacks."""

    def __init__(self, error: str) -> None:
        super().__init__(error, 0)


class StoppedAfterExchange(StatementError):  # noqa: N818 - as above
    """A rebuild that failed when the new table had taken its place; the next run finishes it."""


class HostsDiffer(StatementError):  # noqa: N818 - as above
    """A statement that some hosts of a cluster carried out, so that it is not sent in parts."""


@contextmanager
def as_statement_errors() -> Generator[None]:
    """Raise a StatementError for an error of a query or of the lock."""
    try:
        yield
    except (ServerUnreachable, LockLost) as lost:
        raise StatementError(str(lost), None) from lost
    except UnevenHosts as uneven:
        raise HostsDiffer(str(uneven), uneven.code) from uneven
    except ServerError as refused:
        raise StatementError(str(refused), refused.code) from refused
