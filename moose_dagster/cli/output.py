"""Where the output of a command goes: results to stdout, errors and progress to stderr."""

import json
import os
import pydoc
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Annotated, TypeAlias

import typer
from rich.console import Console
from rich.text import Text

from moose_dagster.cli import exit_codes

# Output into a file or a program is never wrapped.
_UNWRAPPED = 10_000


ShowsStatements: TypeAlias = Annotated[
    bool, typer.Option("--statements", help="Print what would be sent, too.")
]


@dataclass(frozen=True)
class Output:
    """How results are shown.

    Attributes:
        as_json: Whether stdout gets one JSON object and nothing else.
        no_color: Whether colors are left out, as with the variable NO_COLOR.
    """

    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")
    ] = False
    no_color: Annotated[
        bool,
        typer.Option("--no-color", help="Print without colors, as with the variable NO_COLOR."),
    ] = False

    @property
    def console(self) -> Console:
        """Standard output."""
        return self._console(sys.stdout)

    @property
    def errors(self) -> Console:
        """Standard error."""
        return self._console(sys.stderr)

    @contextmanager
    def paged(self) -> Generator[Console]:
        """Give a console whose output goes through the pager if a terminal can't show it at once.

        The pager is the one of the variable PAGER, or less.
        """
        console = self.console
        if not console.is_terminal:
            yield console
            return
        with console.capture() as captured:
            yield console
        text = captured.get()
        if text.count("\n") < console.height:
            sys.stdout.write(text)
            return
        # As git does: colors as they are, no pager for what fits, and the text stays afterwards.
        os.environ.setdefault("LESS", "FRX")
        pydoc.pager(text)

    @contextmanager
    def busy(self, words: str) -> Generator[None]:
        """Show *words* beside a spinner at a terminal as long as the block takes."""
        if self.as_json or not self.errors.is_terminal:
            yield
            return
        with self.errors.status(words):
            yield

    def print_json(self, data: Mapping[str, object]) -> None:
        """Print *data* on stdout."""
        sys.stdout.write(json.dumps(data, indent=2, default=str) + "\n")

    def print_text(self, text: str) -> None:
        """Print *text* on stdout as it is."""
        sys.stdout.write(text)

    def fail(self, message: str) -> int:
        """Print an error on stderr, with --json also on stdout, and return the exit code."""
        self.print_error(message)
        if self.as_json:
            self.print_json({"error": message, "exit_code": exit_codes.FAILED})
        return exit_codes.FAILED

    def print_error(self, message: str) -> None:
        """Print an error on stderr."""
        self.errors.print(Text.assemble(("Error: ", "bold red"), message))

    def _console(self, stream: IO[str]) -> Console:
        has_width = stream.isatty() or os.environ.get("COLUMNS")
        return Console(
            file=stream,
            width=None if has_width else _UNWRAPPED,
            no_color=self.no_color or None,
            highlight=False,
        )
