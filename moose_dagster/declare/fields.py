"""The fields of a pydantic model, with every annotation resolved."""

from collections.abc import Mapping

from pydantic import BaseModel, RootModel
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo

from moose_dagster.declare.faults import fault


def fields_of(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Return the fields of *model* by Python name, in declared order."""
    if not model.__pydantic_complete__:
        _resolve(model)
    if issubclass(model, RootModel):
        raise fault(f"{model.__name__} is a RootModel and has no named fields; use a BaseModel.")
    if not model.model_fields:
        raise fault(f"the model {model.__name__} has no fields; add one.")
    return model.model_fields


def column_name(field_name: str, info: FieldInfo) -> str:
    """Return the name of the column: the field's alias if it has one."""
    return field_name if info.alias is None else info.alias


def _resolve(model: type[BaseModel]) -> None:
    try:
        # An empty namespace: names of this module must not resolve the user's annotations.
        model.model_rebuild(raise_errors=False, _types_namespace={})
    except PydanticUserError as error:
        raise fault(f"pydantic can't build {model.__name__}: {error.message}") from error
    if not model.__pydantic_complete__:
        raise fault(
            f"an annotation of {model.__name__} names a type that can't be found; import it in the "
            "module of the model or define it before the table."
        )
