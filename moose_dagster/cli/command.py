"""Turns a function of option classes into a Typer command with one parameter per option."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_type_hints

import typer

from moose_dagster.cli.output import Output
from moose_dagster.errors import MooseDagsterError


def as_command(run: Callable[..., int]) -> Callable[..., None]:
    """Return *run* with a parameter for each field of its option classes.

    What *run* returns is the exit code. An error of this library becomes one message and exit
    code 1.

    Args:
        run: A function of dataclasses with Typer's annotations, one of them `Output`.
    """
    groups: dict[str, type[Any]] = get_type_hints(run)
    groups.pop("return")

    def command(**values: Any) -> None:  # noqa: ANN401 - what Typer parsed
        options = dict[str, Any]()
        for name, group in groups.items():
            options[name] = group(**{field.name: values[field.name] for field in fields(group)})
        output = next(option for option in options.values() if isinstance(option, Output))
        try:
            code = run(**options)
        except MooseDagsterError as error:
            code = output.fail(str(error))
        raise typer.Exit(code)

    parameters = [parameter for group in groups.values() for parameter in _parameters(group)]
    command.__doc__ = run.__doc__
    command.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess] - PEP 362
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _parameters(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    made = inspect.signature(group).parameters
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=made[field.name].default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]
