"""The packages that only the embedded servers need."""

from importlib.util import find_spec

from moose_dagster.errors import EmbeddedServerError

_PACKAGES = ("chdb", "lz4", "backports")


def require_extra() -> None:
    """Raise unless the `embedded` extra is installed."""
    missing = [package for package in _PACKAGES if find_spec(package) is None]
    if missing:
        raise EmbeddedServerError(
            f"The embedded servers need {', '.join(missing)}: pip install 'moose_dagster[embedded]'"
        )
