"""Split a field's annotation into its bare type, its marks and whether None is allowed."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A bare type with its marks.

    Attributes:
        base: The type without `Annotated`, aliases and `Optional`.
        marks: Everything in `Annotated` around it, innermost first.
        optional: Whether None is allowed.
    """

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
    """Take `Annotated`, aliases, `NewType` and `Optional` off *annotation*, in any nesting."""
    base: Any = annotation
    found = tuple(_flat(marks))
    optional = False
    while True:
        origin = get_origin(base)
        arguments = get_args(base)
        if origin is Annotated:
            base = arguments[0]
            found = (*_flat(arguments[1:]), *found)
        elif origin in {Union, UnionType} and NoneType in arguments:
            base = _without_none(arguments)
            optional = True
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
