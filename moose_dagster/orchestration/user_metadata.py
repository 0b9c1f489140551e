"""What a declaration's own `metadata` says about its asset."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from moose_dagster.state.names import ResourceId


def _listed(owners: object) -> object:
    return [owners] if isinstance(owners, str) else owners


class UserMetadata(BaseModel):
    """The names that mean something to Dagster; every other one is shown as it is.

    Args:
        group: The asset's group.
        owners: Addresses and `team:` names; one needs no list.
        tags: The asset's tags.
        description: What the asset says about itself, in place of the comment or the model's
            docstring.
        asset_key: The key of the asset that another integration declares.
    """

    model_config = ConfigDict(extra="allow")

    group: str = ""
    owners: Annotated[list[str], BeforeValidator(_listed)] = []
    tags: dict[str, str | int | float] = {}
    description: str | None = None
    asset_key: object = None


def user_metadata_of(resource: ResourceId, given: Mapping[str, object]) -> UserMetadata:
    """Return what *given* says about the asset of *resource*.

    Raises:
        ValueError: One of the names that mean something has a value of another type.
    """
    try:
        return UserMetadata.model_validate(given)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        place = "".join(f"[{part!r}]" for part in wrong["loc"])
        raise ValueError(
            f"{resource}: metadata{place} is {wrong['input']!r}: {wrong['msg']}."
        ) from error
