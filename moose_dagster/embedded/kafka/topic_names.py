"""Which topic names Kafka takes."""

import re

from moose_dagster.embedded.kafka.errors import Code, RefusedError

_LEGAL = re.compile(r"[a-zA-Z0-9._-]+")
_LONGEST = 249


def check(name: str) -> None:
    """Refuse a name that is no topic name."""
    reason = _illegal_because(name)
    if reason:
        raise RefusedError(Code.INVALID_TOPIC_EXCEPTION, f"Topic name is invalid: {reason}")


def folded(name: str) -> str:
    """Return what two names have in common that differ only in dots and underscores."""
    return name.replace(".", "_")


def _illegal_because(name: str) -> str | None:
    """Return what is wrong with *name*, None if nothing."""
    if not name:
        return "the empty string is not allowed"
    if name in {".", ".."}:
        return f"'{name}' is not allowed"
    if len(name) > _LONGEST:
        return f"the length of '{name}' is longer than the max allowed length {_LONGEST}"
    if not _LEGAL.fullmatch(name):
        return f"'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    return None
