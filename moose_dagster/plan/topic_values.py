"""Values of topic configs as people read them."""

from moose_dagster.state.counting import counted

# From the largest; a value is written in the first that it is a multiple of.
_TIMES = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000))
_SIZES = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
_UNLIMITED = frozenset({"retention.ms", "retention.bytes", "local.retention.ms"})


def readable(name: str, value: str | None) -> str | None:
    """Return the *value* of the config *name* with what it means, such as `86400000 (1 day)`.

    A value that is as readable without it is returned as it is.
    """
    if value == "-1" and name in _UNLIMITED:
        return f"{value} (no limit)"
    if value is None or not value.isdecimal():
        return value
    meaning = ""
    if name.endswith(".ms"):
        meaning = _time(int(value))
    elif name.endswith(".bytes"):
        meaning = _size(int(value))
    return f"{value} ({meaning})" if meaning else value


def _time(milliseconds: int) -> str:
    for unit, length in _TIMES:
        if milliseconds and milliseconds % length == 0:
            return counted(milliseconds // length, unit)
    return ""


def _size(count: int) -> str:
    for unit, length in _SIZES:
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return ""
