"""The defaults of the command line, from `[tool.moose_dagster]` in pyproject.toml."""

import sys
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from moose_dagster.cli.validation import listed_faults
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconciliation.server_settings import ServerSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TABLE = "[tool.moose_dagster]"
# The name of the program has a hyphen, that of the table an underscore.
_MISSPELLED = "moose-dagster"


class Defaults(ServerSettings):
    """The keys of `[tool.moose_dagster]`; each can be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str = Field(
        default="", description="`package.module:attribute`, or a module or file with one Project."
    )
    definitions: str = Field(
        default="", description="The module whose Dagster definitions hold the resources."
    )
    clickhouse: str = Field(default="", description="`https://user@host:8443`, without a password.")
    kafka: str = Field(default="", description="`host:port`, or several with commas.")
    kafka_properties: dict[str, str] = Field(
        default_factory=dict[str, str], description="Properties of librdkafka, without passwords."
    )


def read_defaults(folder: Path) -> Defaults:
    """Return the defaults in *folder*; without a pyproject.toml, they are empty.

    Raises:
        MooseDagsterError: The file or its table is wrong; the message lists every wrong key.
    """
    file = folder / "pyproject.toml"
    try:
        content: dict[str, Any] = tomllib.loads(file.read_text())
    except FileNotFoundError:
        return Defaults()
    except tomllib.TOMLDecodeError as error:
        raise MooseDagsterError(f"{file} is not valid TOML: {error}") from error
    tables = content.get("tool", {})
    if _MISSPELLED in tables:
        raise MooseDagsterError(f"{file}: write {_TABLE}, not [tool.{_MISSPELLED}].")
    try:
        return Defaults.model_validate(tables.get("moose_dagster", {}))
    except ValidationError as error:
        faults = listed_faults(error, Defaults.model_fields)
        raise MooseDagsterError(f"{file}, {_TABLE}: {faults}") from None
