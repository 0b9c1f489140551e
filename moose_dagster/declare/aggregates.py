"""Columns that hold the states of aggregate functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, init=False)
class AggregateFunction:
    """The state of an aggregate function: `Annotated[float, AggregateFunction("avg", [int])]`.

    Attributes:
        agg_func: The function, with its parameters if it has any: `quantiles(0.5, 0.9)`.
        param_types: The Python types of its arguments; empty for a function without arguments.
    """

    agg_func: str
    param_types: tuple[Any, ...]

    def __init__(self, agg_func: str, param_types: Sequence[Any] = ()) -> None:
        object.__setattr__(self, "agg_func", agg_func)
        object.__setattr__(self, "param_types", tuple(param_types))


@dataclass(frozen=True, slots=True)
class SimpleAggregateFunction:
    """A value that merges by an aggregate function; written as `simple_aggregated("sum", int)`.

    Attributes:
        agg_func: The function, such as `sum`.
        arg_type: The Python type of the value.
    """

    agg_func: str
    arg_type: Any


def aggregated(result_type: type[T], agg_func: str, param_types: Sequence[Any]) -> type[T]:
    """Return the type of a column that holds states of *agg_func*.

    Args:
        result_type: The Python type of the merged result.
        agg_func: The function, with its parameters if it has any.
        param_types: The Python types of its arguments; empty for a function without arguments.
    """
    return Annotated[result_type, AggregateFunction(agg_func, param_types)]  # pyright: ignore[reportReturnType] - an annotation is used as a type


def simple_aggregated(agg_func: str, arg_type: type[T]) -> type[T]:
    """Return the type of a column whose values merge.

    Write `total: simple_aggregated("sum", int)`.

    Args:
        agg_func: The aggregate function that merges two values, such as `sum`, `max` or `any`.
        arg_type: The Python type of a value.
    """
    return Annotated[arg_type, SimpleAggregateFunction(agg_func, arg_type)]  # pyright: ignore[reportReturnType] - as above
