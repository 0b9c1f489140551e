"""Find the passwords and keys in calls of table functions, such as `mysql` or `s3`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moose_dagster.sql.shown_secrets import redacted_argument, redacted_keys
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tokens import end_of_call, split_top_level, tokens

# Which argument, from 0, is the password.
_PASSWORDS = {"mysql": 4, "postgresql": 4, "mongodb": 4, "redis": 4, "ytsaurus": 2}
_REMOTE = frozenset({"remote", "remotesecure"})
_OBJECT_STORES = frozenset(
    {
        *("s3", "gcs", "cosn", "oss", "hudi"),
        *("deltalake", "deltalakes3", "iceberg", "icebergs3"),
    }
)
_AZURE = frozenset({"azureblobstorage", "deltalakeazure", "icebergazure"})
_ADDRESSES = frozenset({"url", "jdbc", "odbc", "hdfs", "arrowflight"})
_FUNCTIONS = frozenset(_PASSWORDS) | _REMOTE | _OBJECT_STORES | _AZURE | _ADDRESSES
_HEADER = re.compile(r"('[^']*'\s*=\s*)('[^']*')")
# How names of formats begin; an S3 key id in their place is followed by a secret.
_FORMAT = re.compile(
    r"'(auto|CSV|TSV|TabSeparated|JSON|BSON|Parquet|ORC|Arrow|Avro|Native|RowBinary|Values|Line|Raw"
    r"|Protobuf|CapnProto|MsgPack|Regexp|Template|CustomSeparated|One|Npy|MySQLDump|DWARF|Form"
    r"|Pretty|XML|SQLInsert|Vertical|Null|Hash|Markdown|Prometheus|Buffers)\w*'\Z"
)
_WITH_ACCOUNT = 5


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a table function.

    Attributes:
        name: The function in small letters, without `Cluster`.
        arguments: The arguments as written, without the name of a cluster.
    """

    name: str
    arguments: tuple[str, ...]


def functions_with_secrets(query: str) -> Iterator[str]:
    """Yield the name of each table function in *query* that is given a password or key as text."""
    pieces = list(tokens(query))
    for position, piece in enumerate(pieces):
        call = _call_at(pieces, position)
        if call and _redacted_arguments(call) != call.arguments:
            yield piece


def redacted_statement(statement: str) -> str:
    """Return *statement* without the passwords and keys in calls of functions."""
    pieces = list(tokens(statement))
    # Backwards, so that a call inside of another is redacted before it.
    for position in reversed(range(len(pieces))):
        call = _call_at(pieces, position)
        if call is None:
            continue
        end = end_of_call(pieces, position)
        inside = "".join(pieces[position + 2 : end])
        for plain, redacted in zip(call.arguments, _redacted_arguments(call), strict=True):
            inside = inside.replace(plain, redacted) if plain != redacted else inside
        # The number of pieces stays, so that positions do.
        pieces[position + 2 : end] = [inside, *[""] * (end - position - 3)]
    return redacted_keys("".join(pieces))


def _call_at(pieces: Sequence[str], position: int) -> _Call | None:
    word = pieces[position].lower()
    name = word.removesuffix("cluster")
    if name not in _FUNCTIONS:
        return None
    end = end_of_call(pieces, position)
    if end <= position + 2:
        return None
    arguments = split_top_level("".join(pieces[position + 2 : end]))
    return _Call(name, arguments[1:] if word != name else arguments)


def _redacted_arguments(call: _Call) -> tuple[str, ...]:
    secret = _secret_places(call)
    return tuple(
        f"'{REDACTED}'" if place in secret and _is_plain(argument) else _inside(argument)
        for place, argument in enumerate(call.arguments)
    )


def _secret_places(call: _Call) -> frozenset[int]:
    arguments = call.arguments
    if call.name in _PASSWORDS:
        return frozenset({_PASSWORDS[call.name]})
    if call.name in _REMOTE:
        # `remote(address, 'database.table', user, password)` has one argument fewer.
        joined = len(arguments) > 1 and ("." in arguments[1] or arguments[1].endswith(")"))
        return frozenset({3 if joined else 4})
    if call.name in _AZURE and len(arguments) >= _WITH_ACCOUNT and "=" not in arguments[0]:
        return frozenset({4})
    if call.name in _OBJECT_STORES:
        return frozenset(_object_store_places(arguments))
    return frozenset()


def _object_store_places(arguments: Sequence[str]) -> Iterator[int]:
    """Yield the secret and the token of `(url, key id, secret, [token], [format], ...)`."""
    _, key_id, secret, token = (*arguments, "", "", "", "")[:4]
    if not secret or _FORMAT.match(key_id) or "NOSIGN" in key_id.upper():
        return
    yield 2
    if token and not _FORMAT.match(token):
        yield 3


def _is_plain(argument: str) -> bool:
    return argument.startswith("'") and argument != "''"


def _inside(argument: str) -> str:
    if argument.lower().startswith("headers("):
        return _HEADER.sub(rf"\g<1>'{REDACTED}'", argument)
    return redacted_argument(argument)
