"""Secrets that some servers show: what they hide differs by version and by the setting that shows all of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile

from moose_dagster.sql.environment import hidden_inside
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


def hidden_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the *settings* of a table without the values that nobody is to read."""
    return {
        name: REDACTED if is_secret_setting(name) else value for name, value in settings.items()
    }


def is_secret_setting(name: str) -> bool:
    """Tell whether the setting *name* of a table holds something that nobody is to read."""
    return name.endswith(_SETTINGS)


@lru_cache(maxsize=4_096)
def hidden_engine(engine: Engine) -> Engine:
    """Return *engine* without the passwords, keys and tokens among its arguments."""
    places = frozenset(_places(engine.name, engine.arguments))
    arguments = (
        f"'{REDACTED}'"
        if place in places and _is_text(argument) and argument != "''"
        else _inside(argument)
        for place, argument in enumerate(engine.arguments)
    )
    return Engine(engine.name, tuple(arguments))


def redacted_keys(expression: str) -> str:
    """Return *expression* with nothing but the mode in each call of a cipher, as the server shows it.

    Before ClickHouse 25.8 `system.columns` shows what the statement of the table hides.
    """
    if "crypt" not in expression.lower():
        return expression
    pieces, found = list(tokens(expression)), list[str]()
    position = 0
    while position < len(pieces):
        found.append(pieces[position])
        if pieces[position].lower() in _CIPHERS and pieces[position + 1 : position + 2] == ["("]:
            end = end_of_call(pieces, position) or len(pieces)
            mode = split_top_level("".join(pieces[position + 2 : end]))[:1]
            found.append(f"({', '.join((*mode, repr(REDACTED)))})")
            position = end
        position += 1
    return "".join(found)


def _places(name: str, arguments: Sequence[str]) -> Iterator[int]:
    if name in _PASSWORDS:
        yield _PASSWORDS[name]
    if name in _AZURE and len(arguments) > 4:  # noqa: PLR2004 - address, container, path, account, key
        yield 4
    if name in _OBJECT_STORES:
        yield from _object_store(arguments)


def _object_store(arguments: Sequence[str]) -> Iterator[int]:
    """Yield the places in `(url, key, secret, [token], [format, [compression]])`, also `(url, format, compression)`."""
    texts = [argument.strip("'").lower() for argument in takewhile(_is_text, arguments)]
    if "nosign" in texts[1:2] or len(texts) < 3 or (len(texts) == 3 and texts[2] in _COMPRESSIONS):  # noqa: PLR2004 - as above
        return
    yield 2
    behind = texts[3:]
    if len(behind) == 3 or (len(behind) == 2 and behind[1] not in _COMPRESSIONS):  # noqa: PLR2004 - as above
        yield 3


def _is_text(argument: str) -> bool:
    return argument.startswith("'")


def _inside(argument: str) -> str:
    if _NAMED.match(argument):
        return f"{argument.partition('=')[0].strip()} = '{REDACTED}'"
    return _ACCOUNT_KEY.sub(rf"\g<1>{REDACTED}", hidden_inside(argument))
