"""The model that a declaration is written with: `OlapTable[Model](...)`."""

from typing import Any, get_args

from pydantic import BaseModel

from moose_dagster.declare.source import Source
from moose_dagster.errors import DeclarationError


def model_in_brackets(declared: object, name: str, source: Source) -> type[Any]:
    """Return the model in the brackets of *declared*.

    Raises:
        DeclarationError: There is none.
    """
    # typing sets __orig_class__ on what `Class[Model](...)` returns.
    arguments = get_args(getattr(declared, "__orig_class__", None))
    model = arguments[0] if arguments else None
    if isinstance(model, type) and issubclass(model, BaseModel):
        return model
    kind = type(declared).__name__
    raise DeclarationError(
        [f'{name} ({source}): its model is missing; write {kind}[Model]("{name}").']
    )
