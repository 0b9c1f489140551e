"""How actions ended."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from moose_dagster.errors import LockLost, ServerError, ServerUnreachable
from moose_dagster.plan.steps import AnyAction


@dataclass(frozen=True, slots=True)
class Result:
    """How one action ended.

    `error` is the server's message, empty when all went well; `code` is the server's error code,
    None where there is none; `reached` is False where nothing was sent because the connection had
    gone before; `stands` tells that the error is to be told even where the steps are made one by
    one afterwards.
    """

    action: AnyAction
    milliseconds: int
    error: str = ""
    code: int | None = None
    reached: bool = True
    is_final: bool = False


class StatementError(Exception):
    """A statement of several that ended badly, so that the ones behind it are not sent.

    Args:
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
    """A rebuild that is done, while somebody did to the former table what the new one does not show."""

    def __init__(self, error: str) -> None:
        super().__init__(error, 0)


@contextmanager
def as_statement_errors() -> Generator[None]:
    """Turn what a question to the server, or the lock, is answered with into a StatementError."""
    try:
        yield
    except (ServerUnreachable, LockLost) as lost:
        raise StatementError(str(lost), None) from lost
    except ServerError as refused:
        raise StatementError(str(refused), refused.code) from refused
