"""The `metadata` of a declaration, as far as it says something about the asset."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from moose_dagster.state.names import ResourceId


def _listed(owners: object) -> object:
    return [owners] if isinstance(owners, str) else owners


class UserMetadata(BaseModel):
    """The entries of `metadata` that mean something to Dagster; the others are shown as they are.

    Attributes:
        group: The group of the asset; "" means the project's.
        owners: Email addresses and `team:` names; a single one needs no list.
        tags: The tags of the asset.
        description: The description of the asset. If None, it is the comment of the table, or
            else the docstring of the model.
        asset_key: The key of the asset, if another integration declares it.
    """

    model_config = ConfigDict(extra="allow")

    group: str = ""
    owners: Annotated[list[str], BeforeValidator(_listed)] = []
    tags: dict[str, str | int | float] = {}
    description: str | None = None
    asset_key: object = None


def user_metadata_of(resource: ResourceId, given: Mapping[str, object]) -> UserMetadata:
    """Return the entries of *given* for the asset of *resource*.

    Raises:
        ValueError: An entry has the wrong type.
    """
    try:
        return UserMetadata.model_validate(given)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        place = "".join(f"[{part!r}]" for part in wrong["loc"])
        raise ValueError(
            f"{resource}: metadata{place} is {wrong['input']!r}: {wrong['msg']}."
        ) from error
