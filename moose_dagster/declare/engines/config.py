"""What every table engine has: a name, arguments, and the clauses a table may have with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.declare.secrets import Secret, secret_of
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Column

Clause: TypeAlias = Literal[
    "ORDER BY", "PRIMARY KEY", "PARTITION BY", "SAMPLE BY", "TTL", "SETTINGS", "elements"
]
Text: TypeAlias = str | Secret
"""A text in the code, or one from the environment."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an engine.

    Attributes:
        text: The argument as ClickHouse text, with `[HIDDEN]` for each secret.
        secrets: The secrets of the argument, in order.
    """

    text: str
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True)
class EngineConfig:
    """The choice of a table engine."""

    kind: ClassVar[str] = ""
    """The engine's name in ClickHouse."""
    clauses: ClassVar[frozenset[Clause]] = frozenset()
    """What a table of this engine may have; `elements` are indexes and projections."""

    def engine_name(self) -> str:
        """Return the engine's name in ClickHouse."""
        return self.kind

    def arguments(self) -> Iterator[Argument]:
        """Yield the engine's arguments in order."""
        yield from ()

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is wrong with the engine for a table with *columns*."""
        yield from ()


def text(value: Text) -> Argument:
    """Return *value* as a string literal, redacted if it is a secret."""
    secret = secret_of(value)
    return (
        Argument(quoted_text(REDACTED), (secret,)) if secret else Argument(quoted_text(str(value)))
    )


def texts(*values: Text | None) -> Iterator[Argument]:
    """Yield those of *values* that are given, as string literals."""
    return (text(value) for value in values if value is not None)


def expression(value: Text) -> Argument:
    """Return *value* unchanged if it calls a function, else as a string literal."""
    return text(value) if secret_of(value) or not str(value).endswith(")") else Argument(str(value))


def headers(values: Mapping[str, Text]) -> Argument:
    """Return HTTP headers; only secrets can be compared, since the server hides each value."""
    pairs = [(quoted_text(name), text(value)) for name, value in values.items()]
    shown = ", ".join(f"{name} = {value.text}" for name, value in pairs)
    return Argument(
        f"headers({shown})", tuple(secret for _, value in pairs for secret in value.secrets)
    )


def unknown_column(role: str, name: str, columns: Mapping[str, Column]) -> Iterator[Fault]:
    """Yield a fault when *name*, which an engine uses as its *role*, is none of *columns*."""
    if name not in columns:
        yield Fault(f"{role}={name!r} is not a column{did_you_mean(name, columns)}")


def missing(config: EngineConfig, *names: str) -> Iterator[Fault]:
    """Yield a fault for each of the fields *names* of *config* that is empty."""
    for name in names:
        value = getattr(config, name)
        if value == "" or (isinstance(value, str) and not value.strip()):
            yield Fault(f"{config.kind} needs {name}; give it.")


def secrets_only(config: EngineConfig, *names: str) -> Iterator[Fault]:
    """Yield a fault for each of the fields *names* of *config* that is plain text."""
    for name in names:
        value = getattr(config, name)
        if value is not None and not secret_of(value):
            yield Fault(f"{name} is plain text in the code; write Secret({name.upper()!r}).")
