"""`moose-dagster comment`."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from moose_dagster.cli import exit_codes
from moose_dagster.cli.code_hosts import pull_request_of
from moose_dagster.cli.output import Output
from moose_dagster.errors import MooseDagsterError

_FAILED = "The plan could not be made; the log of this run says why."


@dataclass(frozen=True)
class CommentOptions:
    """What the comment says, and which comment it is.

    Attributes:
        file: A file with the Markdown; None reads it from standard input.
        name: The name of the comment; a pull request has one comment for each name.
    """

    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file with the Markdown; by default standard input."),
    ] = None
    name: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The name of the comment: a pull request has one comment for each name.",
        ),
    ] = "plan"


def comment(options: CommentOptions, output: Output) -> int:
    """Write Markdown into the one comment on the pull request of this CI run.

    It runs in GitHub Actions with GITHUB_TOKEN and in GitLab CI with GITLAB_TOKEN. An empty text
    says that the plan could not be made.

    Exit code 0, or 1 for an error.
    """
    if "--" in options.name or "\n" in options.name:
        raise MooseDagsterError("--name has neither -- nor a line break in it.")
    pull_request = pull_request_of(os.environ)
    text = _text(options.file)
    done = pull_request.write(
        f"<!-- moose-dagster: {options.name} -->", text if text.strip() else _FAILED
    )
    if output.as_json:
        output.print_json({"comment": done})
    else:
        output.console.print(f"Comment {done}.")
    return exit_codes.NOTHING_TO_DO


def _text(file: Path | None) -> str:
    if file is None:
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise MooseDagsterError(f"{file} can't be read: {error.strerror}.") from error
