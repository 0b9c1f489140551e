"""What the documentation site takes from the code while it is built."""

from typing import Any

from typer.main import get_command

from moose_dagster.cli.app import app
from moose_dagster.report.policy_table import policy_table

_POLICY = "<!-- policy -->"
_COMMANDS = "<!-- commands -->"


def on_page_markdown(markdown: str, **_page: Any) -> str:  # noqa: ANN401 - mkdocs' own arguments
    """Return a page with the decision table and the commands' options in their places."""
    if _COMMANDS in markdown:
        markdown = markdown.replace(_COMMANDS, _commands())
    return markdown.replace(_POLICY, policy_table())


def _commands() -> str:
    program: Any = get_command(app)
    context = program.make_context("moose-dagster", [], resilient_parsing=True)
    sections = list[str]()
    for name, command in program.commands.items():
        shown = [parameter.get_help_record(context) for parameter in command.params]
        rows = [f"| `{option}` | {_cell(text)} |" for option, text in filter(None, shown)]
        sections.append("\n".join([f"## {name}", "", command.help or "", "", "| option | |", "|---|---|", *rows]))
    return "\n\n".join(sections)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
