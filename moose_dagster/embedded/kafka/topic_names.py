"""The rules for topic names."""

import re

from moose_dagster.embedded.kafka.errors import Code, RefusedError

_LEGAL = re.compile(r"[a-zA-Z0-9._-]+")
_LONGEST = 249


def check(name: str) -> None:
    """Refuse an invalid topic name."""
    reason = _reason_against(name)
    if reason:
        raise RefusedError(Code.INVALID_TOPIC_EXCEPTION, f"Topic name is invalid: {reason}")


def collision_key(name: str) -> str:
    """Return a key that is equal for names that differ only in dots and underscores."""
    return name.replace(".", "_")


def _reason_against(name: str) -> str | None:
    """Return why *name* is invalid, None if it is valid."""
    if not name:
        return "the empty string is not allowed"
    if name in {".", ".."}:
        return f"'{name}' is not allowed"
    if len(name) > _LONGEST:
        return f"the length of '{name}' is longer than the max allowed length {_LONGEST}"
    if not _LEGAL.fullmatch(name):
        return (
            f"'{name}' contains one or more characters other than "
            "ASCII alphanumerics, '.', '_' and '-'"
        )
    return None
