"""Take a field's annotation apart: the bare type, the marks around it, and whether None is allowed."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A bare type with its marks, innermost first."""

    base: Any
    marks: tuple[object, ...]
    optional: bool

    def mark(self, kind: type[M]) -> M | None:
        """Return the outermost mark of *kind*, or None."""
        return next((mark for mark in reversed(self.marks) if isinstance(mark, kind)), None)

    def words(self) -> tuple[str, ...]:
        """Return the marks that are plain texts."""
        return tuple(mark for mark in self.marks if isinstance(mark, str))


def unwrapped(annotation: object, marks: Iterable[object] = ()) -> Unwrapped:
    """Return *annotation* without `Annotated`, aliases, `NewType` and `Optional`, in any nesting."""
    base: Any = annotation
    found, optional = tuple(_flat(marks)), False
    while True:
        origin, arguments = get_origin(base), get_args(base)
        if origin is Annotated:
            base, found = arguments[0], (*_flat(arguments[1:]), *found)
        elif origin in {Union, UnionType} and NoneType in arguments:
            base, optional = _without_none(arguments), True
        elif hasattr(base, "__value__"):  # TypeAliasType, of typing from 3.12 on
            base = base.__value__
        elif hasattr(origin, "__value__"):
            base = cast("Any", origin).__value__[arguments]
        elif hasattr(base, "__supertype__"):  # NewType
            base = base.__supertype__
        else:
            return Unwrapped(base, found, optional)


def _flat(marks: Iterable[object]) -> Iterable[object]:
    for mark in marks:
        if isinstance(mark, FieldInfo):
            yield from mark.metadata
        else:
            yield mark


def _without_none(arguments: tuple[object, ...]) -> object:
    rest = tuple(argument for argument in arguments if argument is not NoneType)
    return Union[rest]  # noqa: UP007 - a union of what is only known here
