"""What the documentation site takes from the code while it is built."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.main import get_command

from moose_dagster.cli.app import app, load_command
from moose_dagster.report.policy_table import policy_table

_POLICY = "<!-- policy -->"
_COMMANDS = "<!-- commands -->"
_FIELDS = re.compile(r"<!-- fields: (\S+)\.(\w+) -->")


def on_page_markdown(markdown: str, **_page: Any) -> str:  # noqa: ANN401 - mkdocs' own arguments
    """Return a page with its placeholders replaced by tables that are made from the code."""
    if _COMMANDS in markdown:
        markdown = markdown.replace(_COMMANDS, _commands())
    markdown = _FIELDS.sub(
        lambda found: fields_table(getattr(import_module(found[1]), found[2])), markdown
    )
    return markdown.replace(_POLICY, policy_table())


def fields_table(model: type[BaseModel]) -> str:
    """Return what may be said about each field of *model*, as a table in Markdown."""
    return "\n".join(["| field | type | default | |", "|---|---|---|---|", *_rows(model)])


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = (
            getattr(field.annotation, "__name__", "")
            if not getattr(field.annotation, "__args__", ())
            else ""
        )
        default = field.get_default(call_default_factory=True)
        shown = "required" if default is PydanticUndefined else f"`{default!r}`"
        meaning = _cell(field.description or "")
        yield f"| `{name}` | `{kind or field.annotation}` | {shown} | {meaning} |"


def _commands() -> str:
    program: Any = get_command(app)
    context = program.make_context("moose-dagster", [], resilient_parsing=True)
    sections = list[str]()
    for name in program.commands:
        command = load_command(name)
        shown = [parameter.get_help_record(context) for parameter in command.params]
        rows = [f"| `{option}` | {_cell(text)} |" for option, text in filter(None, shown)]
        sections.append(
            "\n".join(
                [f"## {name}", "", command.help or "", "", "| option | |", "|---|---|", *rows]
            )
        )
    return "\n\n".join(sections)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
