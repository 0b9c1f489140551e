"""The errors of ClickHouse in plain words: why it did not answer, and what to do."""

import ssl

from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from moose_dagster.errors import ServerError, ServerUnreachable

# UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED
_LOGIN = frozenset({192, 193, 194, 516})
# READONLY, ACCESS_DENIED
_PRIVILEGES = frozenset({164, 497})
_NATIVE = "is for clickhouse-client program"
# The library sends every statement with POST.
_ABOUT_GET = (
    " For queries over HTTP, method GET implies readonly. You should use method POST for "
    "modifying queries."
)
_PORTS = "(HTTP: 8123, with TLS: 8443)"


def unreachable(error: ClickHouseError, url: str) -> ServerUnreachable:
    """Return the error of a server that gave no answer.

    Args:
        error: What the client library raised.
        url: Scheme, host and port, without a user.
    """
    return ServerUnreachable(f"ClickHouse did not answer at {url}: {_why(error)}")


def refusal(error: ClickHouseError, code: int, url: str, username: str) -> ServerError:
    """Return the error that a server answered with.

    Args:
        error: What the client library raised.
        code: The server's error code.
        url: Scheme, host and port, without a user.
        username: The user that connects.
    """
    if code in _LOGIN:
        text = (
            f"ClickHouse at {url} refuses the user {username} (code {code}): the name or the "
            "password is wrong. Set MOOSE_DAGSTER_CLICKHOUSE_PASSWORD, or username and password "
            "of the ClickHouseResource."
        )
        return ServerError(text, code)
    text = str(error).removeprefix(
        f"Received ClickHouse exception, code: {code}, server response: "
    )
    if code in _PRIVILEGES:
        text = (
            f"{text.replace(_ABOUT_GET, '')}. The user {username} lacks a privilege; moose-dagster "
            "grants prints those that the project needs."
        )
    return ServerError(text, code)


def _why(error: ClickHouseError) -> str:
    if _NATIVE in str(error):
        return f"this is the port of the native protocol. Use the one of HTTP {_PORTS}."
    cause = error.__cause__ or error.__context__
    if not isinstance(cause, HTTPError):
        return str(error)
    return _why_not_connected(_root_of(cause))


def _root_of(error: HTTPError) -> BaseException:
    """Return the failure that urllib3 gave up after."""
    root: BaseException = (error.reason if isinstance(error, MaxRetryError) else error) or error
    return root.args[0] if root.args and isinstance(root.args[0], ssl.SSLError) else root


def _why_not_connected(error: BaseException) -> str:
    match error:
        case NameResolutionError():
            return "this host name is not known. Check the host."
        # urllib3 2 counts it among those that took too long, whatever the reason.
        case NewConnectionError() if "refused" in str(error):
            return f"nothing listens there. Check host and port {_PORTS}, and start the server."
        case NewConnectionError():
            return f"{error}. Check host and port {_PORTS}."
        case ConnectTimeoutError() | ReadTimeoutError():
            return (
                "it took too long. Check host, port and firewall, and whether the server is busy."
            )
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not accepted ({error.verify_message}). Name its CA as ca_cert "
                "in the options of the ClickHouseResource."
            )
        case ssl.SSLError():
            return f"TLS failed ({error.reason}). Check the port {_PORTS}, or connect without TLS."
        case ProtocolError():
            return (
                "it closed the connection without an answer. Check the port "
                f"{_PORTS}, and whether the server restarts."
            )
        case _:
            return f"{error}."
