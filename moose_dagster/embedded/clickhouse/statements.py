"""The parts of ClickHouse's grammar that the front needs: data of an INSERT, and engines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"""
    (?P<skip>\s+|--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)
    |(?P<quoted>'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|\$\$.*?\$\$)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<other>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_TRAILING_FORMAT = re.compile(
    rb"\bFORMAT\s+([A-Za-z]\w*)\s*(?:SETTINGS\s.*)?;?\s*$", re.DOTALL | re.IGNORECASE
)
_DATA_START = re.compile(rb"[ \t\f]*(?:\r?\n)?")
_NAME_FOLLOWS = (b"INSERT", b"INTO", b"TABLE", b"FUNCTION", b".")


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT with its data.

    Attributes:
        statement: The text before FORMAT or VALUES.
        data_format: The format of the data, `Values` for VALUES.
        data: Everything after the format.
    """

    statement: bytes
    data_format: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Token:
    text: bytes
    start: int
    end: int
    is_word: bool

    @property
    def is_name(self) -> bool:
        return self.is_word or self.text[:1] in (b"`", b'"')

    @property
    def word(self) -> bytes:
        return self.text.upper() if self.is_word else self.text


def first_word(sql: bytes) -> str:
    """Return the first word of *sql* in upper case, "" if it starts with none."""
    token = next(_tokens(sql), None)
    return token.word.decode(errors="replace") if token is not None and token.is_word else ""


def read_insert(sql: bytes) -> Insert | None:
    """Split an INSERT from its data; any other statement, or INSERT ... SELECT, is None."""
    tokens = _tokens(sql)
    previous = next(tokens, None)
    if previous is None or previous.word != b"INSERT":
        return None
    depth = 0
    for token in tokens:
        depth += (token.text == b"(") - (token.text == b")")
        if token.is_word and previous.word not in _NAME_FOLLOWS:
            if token.word in (b"SELECT", b"WITH", b"INFILE"):
                return None
            if depth == 0 and token.word in (b"FORMAT", b"VALUES"):
                return _split_at(sql, token, tokens)
        previous = token
    return None


def output_format(sql: bytes) -> str | None:
    """Return the format that a query names at its end, None if it names none."""
    named = _TRAILING_FORMAT.search(sql[-2048:])
    return named.group(1).decode() if named else None


def table_engine(sql: bytes) -> str | None:
    """Return the engine that a CREATE or ATTACH names, None if it names none."""
    previous = b""
    for token in _tokens(sql):
        if token.is_name and previous == b"ENGINE":
            return token.text.strip(b'`"').decode(errors="replace")
        if token.text != b"=":
            previous = token.word
    return None


def reads_input(sql: bytes) -> bool:
    """Return whether an INSERT ... SELECT reads the data of the request with `input(...)`."""
    before = b""
    for token in _tokens(sql):
        if before == b"INPUT" and token.text == b"(":
            return True
        before = token.word
    return False


def _split_at(sql: bytes, keyword: _Token, rest: Iterator[_Token]) -> Insert | None:
    if keyword.word == b"VALUES":
        return Insert(sql[: keyword.start], "Values", sql[keyword.end :])
    name = next(rest, None)
    if name is None:
        return None
    start = _DATA_START.match(sql, name.end)
    data = sql[start.end() if start else name.end :]
    return Insert(sql[: keyword.start], name.text.decode(errors="replace"), data)


def _tokens(sql: bytes) -> Iterator[_Token]:
    for match in _TOKEN.finditer(sql):
        if match.lastgroup != "skip":
            yield _Token(
                match.group(), match.start(), match.end(), is_word=match.lastgroup == "word"
            )
