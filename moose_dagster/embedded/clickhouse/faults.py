"""Errors of the engine with the code, the name and the HTTP status of ClickHouse."""

import re

_CODE = re.compile(r"Code: (\d+)\. DB::\w*Exception: ?")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)\s*$")
_VERSION = re.compile(r"\s*\(version [^()]*(?:\([^()]*\))?\)(?=\s*$)")

# The table ClickHouse keeps in src/Server/HTTP/exceptionCodeToHTTPStatus.cpp.
_STATUSES: dict[int, frozenset[int]] = {
    400: frozenset({
        6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72,
        117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676,
    }),
    401: frozenset({194}),
    403: frozenset({192, 193, 497, 512, 516}),
    404: frozenset({46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511}),
    408: frozenset({159}),
    411: frozenset({381}),
    413: frozenset({229}),
    415: frozenset({779}),
    501: frozenset({48}),
    503: frozenset({76, 209, 439}),
}  # fmt: skip


class Fault(Exception):  # noqa: N818 - it becomes an answer and never leaves the front
    """A request that ends with a ClickHouse error.

    Attributes:
        code: The code in `system.errors`.
        name: The name of that code.
        message: What went wrong, without code and name.
    """

    def __init__(self, code: int, name: str, message: str) -> None:
        self.code = code
        self.name = name
        self.message = message
        super().__init__(f"Code: {code}. DB::Exception: {message} ({name})")

    @property
    def status(self) -> int:
        """Return the HTTP status ClickHouse answers with for this code."""
        return next((status for status, codes in _STATUSES.items() if self.code in codes), 500)

    def text(self, version: str) -> str:
        """Return the body of the answer."""
        return f"{self} (version {version} (embedded))\n"


def fault_from(message: str) -> Fault:
    """Return the error that the engine's *message* describes, code 1001 if it has no code."""
    code = _CODE.search(message)
    if code is None:
        return Fault(1001, "STD_EXCEPTION", message.strip())
    bare = _VERSION.sub("", message[code.end() :].strip())
    name = _NAME.search(bare)
    text = bare[: name.start()].strip() if name else bare
    if _CODE.match(text):
        # chDB 26.9 repeats some prefixes: Code: 56. DB::Exception: Code: 56. DB::Exception: ...
        return fault_from(text.removesuffix("."))
    return Fault(int(code.group(1)), name.group(1) if name else "UNKNOWN_EXCEPTION", text)
