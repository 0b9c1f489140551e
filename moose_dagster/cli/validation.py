"""What pydantic finds wrong, as one line."""

from collections.abc import Iterable

from pydantic import ValidationError

from moose_dagster.declare.faults import did_you_mean


def listed_faults(error: ValidationError, known: Iterable[str] = ()) -> str:
    """Return a sentence with each wrong field and what is wrong, without the values.

    Args:
        error: What pydantic raised.
        known: The names of all fields; the nearest one is suggested for an unknown name.
    """
    names = tuple(known)
    faults = list[str]()
    for fault in error.errors():
        field = ".".join(map(str, fault["loc"]))
        is_unknown = fault["type"] == "extra_forbidden"
        text = f"there is no such key{did_you_mean(field, names)}" if is_unknown else fault["msg"]
        faults.append(f"{field}: {text.removesuffix('.')}")
    text = "; ".join(faults)
    return text if text.endswith("?") else f"{text}."
