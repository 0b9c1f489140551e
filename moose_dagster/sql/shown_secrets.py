"""Redact the secrets that some servers show.

What they hide differs by version, and a setting shows everything.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile

from moose_dagster.sql.environment import redacted_text
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Engine
from moose_dagster.state.tokens import end_of_call, split_top_level, tokens

_SETTINGS = ("_password", "_secret", "_secret_access_key", "_token")
# Which argument, from 0, is the password; ClickHouse 24.8 shows that of Redis.
_PASSWORDS = {
    "ExternalDistributed": 5,
    "MaterializedPostgreSQL": 4,
    "Redis": 2,
    "YTsaurus": 2,
} | dict.fromkeys(("MongoDB", "MySQL", "PostgreSQL"), 4)
_OBJECT_STORES = (
    "S3",
    "COSN",
    "DeltaLake",
    "GCS",
    "Hudi",
    "Iceberg",
    "IcebergS3",
    "DeltaLakeS3",
    "OSS",
    "S3Queue",
)
_AZURE = ("AzureBlobStorage", "AzureQueue", "DeltaLakeAzure", "IcebergAzure")
_COMPRESSIONS = frozenset(
    {
        "auto",
        "br",
        "brotli",
        "bz2",
        "gz",
        "gzip",
        "lz4",
        "lzma",
        "none",
        "snappy",
        "xz",
        "zst",
        "zstd",
    }
)
_NAMED = re.compile(
    r"(password|secret_access_key|session_token|account_key)\s*=\s*'.+'\Z",
    re.IGNORECASE | re.DOTALL,
)
_ACCOUNT_KEY = re.compile(r"(AccountKey=)[^;'\[]+", re.IGNORECASE)
_CIPHERS = frozenset({"encrypt", "decrypt", "trydecrypt", "aes_encrypt_mysql", "aes_decrypt_mysql"})


def redacted_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the *settings* of a table without the values that nobody is to read."""
    return {
        name: REDACTED if is_secret_setting(name) else value for name, value in settings.items()
    }


def is_secret_setting(name: str) -> bool:
    """Tell whether the setting *name* of a table holds something that nobody is to read."""
    return name.endswith(_SETTINGS)


@lru_cache(maxsize=4_096)
def redacted_engine(engine: Engine) -> Engine:
    """Return *engine* without the passwords, keys and tokens among its arguments."""
    places = frozenset(_places(engine.name, engine.arguments))
    arguments = (
        f"'{REDACTED}'"
        if place in places and _is_text(argument) and argument != "''"
        else redacted_argument(argument)
        for place, argument in enumerate(engine.arguments)
    )
    return Engine(engine.name, tuple(arguments))


def redacted_argument(argument: str) -> str:
    """Return *argument* of a call without the password or key that it contains."""
    if _NAMED.match(argument):
        return f"{argument.partition('=')[0].strip()} = '{REDACTED}'"
    return _ACCOUNT_KEY.sub(rf"\g<1>{REDACTED}", redacted_text(argument))


def redacted_keys(expression: str) -> str:
    """Return *expression* as the server shows it: with nothing but the mode in calls of ciphers.

    Before ClickHouse 25.8 `system.columns` shows what the statement of the table hides.
    """
    if "crypt" not in expression.lower():
        return expression
    pieces = list(tokens(expression))
    shown = list[str]()
    position = 0
    while position < len(pieces):
        shown.append(pieces[position])
        if pieces[position].lower() in _CIPHERS and pieces[position + 1 : position + 2] == ["("]:
            end = end_of_call(pieces, position) or len(pieces)
            mode = split_top_level("".join(pieces[position + 2 : end]))[:1]
            shown.append(f"({', '.join((*mode, repr(REDACTED)))})")
            position = end
        position += 1
    return "".join(shown)


# The place of the key in `(address, container, path, account, key)`.
_KEY_PLACE = 4


def _places(name: str, arguments: Sequence[str]) -> Iterator[int]:
    if name in _PASSWORDS:
        yield _PASSWORDS[name]
    if name in _AZURE and len(arguments) > _KEY_PLACE:
        yield _KEY_PLACE
    if name in _OBJECT_STORES:
        yield from _object_store(arguments)


def _object_store(arguments: Sequence[str]) -> Iterator[int]:
    """Yield the places of secrets in `(url, key, secret, [token], [format, [compression]])`.

    The arguments may as well be `(url, format, compression)`.
    """
    texts = [argument.strip("'").lower() for argument in takewhile(_is_text, arguments)]
    if "nosign" in texts[1:2]:
        return
    match texts[2:]:
        case []:
            return
        case [compression] if compression in _COMPRESSIONS:
            return
        case [_, _, _, _]:
            yield from (2, 3)
        case [_, _, third] if third not in _COMPRESSIONS:
            yield from (2, 3)
        case _:
            yield 2


def _is_text(argument: str) -> bool:
    return argument.startswith("'")
