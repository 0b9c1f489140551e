"""The reference names all that is public, and nothing else."""

import re
from datetime import date, datetime  # noqa: F401 - the page's annotations name them, as those below
from enum import Enum
from importlib import import_module
from ipaddress import IPv4Address, IPv6Address  # noqa: F401
from pathlib import Path
from typing import Annotated, Any, Literal  # noqa: F401
from uuid import UUID  # noqa: F401

import pytest
import yaml
from pydantic import BaseModel, create_model

import moose_dagster
from moose_dagster import Key, OlapTable, Project, errors, orchestration
from moose_dagster.state.types import canonical_type

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGES = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
CLIENTS = {"connect", "ClickHouseAddress", "connect_kafka", "KafkaAddress"}
PUBLIC = {*moose_dagster.__all__, *orchestration.__all__, *CLIENTS}
TYPES = re.findall(r"^\| (.+) \| `(.+)` \|$", PAGES["engines.md"], flags=re.MULTILINE)


class Inner(BaseModel):
    a: int
    b: str


class Status(str, Enum):
    NEW = "new"
    PAID = "paid"


def directives():
    """Return the names that the pages ask mkdocstrings for."""
    for text in PAGES.values():
        for path, options in re.findall(r"^::: (\S+)\n((?:    .*\n)*)", text, flags=re.MULTILINE):
            members = (yaml.safe_load(options) or {}).get("options", {}).get("members", False)
            yield from members if isinstance(members, list) else [path.rpartition(".")[2]]
            if path == errors.__name__:
                yield from (name for name, value in vars(errors).items() if isinstance(value, type))


def test_every_public_name_is_in_the_reference():
    documented = {
        name
        for text in PAGES.values()
        for name in re.findall(r"\b\w+\b", " ".join(re.findall("`.+?`", text)))
    }
    sized = {f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64, 128, 256)}

    assert PUBLIC - {*directives(), *documented, *sized} == set()


def test_the_reference_has_a_heading_for_nothing_that_is_not_public():
    assert {name for name in directives() if not hasattr(errors, name)} - PUBLIC == {"errors"}


@pytest.mark.parametrize(("annotation", "column"), TYPES, ids=[column for _, column in TYPES])
def test_the_table_of_types_says_what_a_field_becomes(annotation, column):
    (code,) = re.findall("`(.+?)`", annotation)[:1]
    public = {name: getattr(moose_dagster, name) for name in moose_dagster.__all__}
    kind = eval(code.replace("\\|", "|"), {**public, **globals()})  # noqa: S307 - the page's own code
    model = create_model("Row", id=(Key[int], ...), shown=(kind, ...))

    (table,) = Project("types", [OlapTable[model]("rows")]).desired.state.tables.values()

    assert canonical_type(
        next(one.type for one in table.columns if one.name == "shown")
    ) == canonical_type(column)


def test_every_field_and_option_is_described():
    command_line = (FOLDER.parent / "command-line.md").read_text()
    asked = re.findall(r"<!-- fields: (\S+)\.(\w+) -->", "\n".join([*PAGES.values(), command_line]))
    models = {name: getattr(import_module(module), name) for module, name in asked}

    assert {
        "ClickHouseResource",
        "KafkaResource",
        "ReconcileConfig",
        "RestoreConfig",
        "Defaults",
    } <= set(models)
    for name, model in models.items():
        assert [
            f"{name}.{field}" for field, info in model.model_fields.items() if not info.description
        ] == []
