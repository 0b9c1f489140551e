"""Enum classes and Literal types as ClickHouse types."""

from enum import Enum, Flag
from types import NoneType
from typing import get_args

from pydantic import BaseModel

from moose_dagster.declare.faults import fault
from moose_dagster.sql.quoting import quoted_text

_INT8 = range(-128, 128)
_INT16 = range(-32768, 32768)


def enum_type(enum: type[Enum]) -> str:
    """Return the Enum8 or Enum16 type of *enum*.

    An int-valued member keeps its name and number. Texts are numbered from 1 in declared order;
    numbers that a live column already has win later.
    """
    if issubclass(enum, Flag):
        raise fault(f"{enum.__name__} is a Flag, whose members combine; store it as int.")
    numbers = _numbers(enum)
    if not numbers:
        raise fault(f"the Enum {enum.__name__} has no members; add one.")
    if any(number not in _INT16 for number in numbers.values()):
        raise fault(
            f"a member of {enum.__name__} does not fit an Enum16 (-32768 to 32767); "
            "store it as int."
        )
    name = "Enum8" if all(number in _INT8 for number in numbers.values()) else "Enum16"
    by_number = sorted(numbers.items(), key=lambda pair: pair[1])
    return f"{name}({', '.join(f'{quoted_text(label)} = {number}' for label, number in by_number)})"


def names_labels_only(annotation: object, parents: tuple[type, ...] = ()) -> bool:
    """Tell whether *annotation* holds an Enum of texts without numbers, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return all(isinstance(member.value, str) for member in annotation)
    if (
        isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
        and annotation not in parents
    ):
        inside = (*parents, annotation)
        return any(
            names_labels_only(info.annotation, inside) for info in annotation.model_fields.values()
        )
    return any(names_labels_only(argument, parents) for argument in get_args(annotation))


def literal_type(values: tuple[object, ...]) -> tuple[str, bool]:
    """Return the type of a Literal of *values* and whether None is one of them."""
    kinds = {type(value) for value in values}
    texts: dict[type, str] = {str: "LowCardinality(String)", int: "Int64", bool: "Bool"}
    rest = kinds - {NoneType}
    if len(rest) != 1 or not rest <= texts.keys():
        raise fault(
            "a Literal is stored only when its values are all str, all int or all bool; "
            "use an Enum."
        )
    return texts[rest.pop()], NoneType in kinds


def _numbers(enum: type[Enum]) -> dict[str, int]:
    values = [member.value for member in enum]
    if all(isinstance(value, str) for value in values):
        return {value: number for number, value in enumerate(values, start=1)}
    if all(isinstance(value, int) for value in values):
        return {member.name: int(member.value) for member in enum}
    raise fault(f"the members of {enum.__name__} must be all str or all int; change their values.")
