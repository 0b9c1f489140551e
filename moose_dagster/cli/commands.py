"""The commands as the help lists them, before the modules that they run are imported."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Listed:
    """A command, by its name and the first sentence of its help.

    Attributes:
        name: What one types, and the name of the function in its module.
        summary: The first paragraph of the docstring of that function.
        file: The module of this package that has the function; "" means the one called *name*.
    """

    name: str
    summary: str
    file: str = ""

    @property
    def module(self) -> str:
        """The full name of the module that has the function."""
        return f"moose_dagster.cli.{self.file or self.name}"


COMMANDS: Final = (
    Listed(
        "plan",
        "Show what apply would do, what is blocked and why, and what has drifted; write nothing.",
    ),
    Listed("comment", "Write Markdown into the one comment on the pull request of this CI run."),
    Listed("apply", "Show the plan, ask, apply what the life cycles allow, then compare again."),
    Listed("check", "Compare every table, view and topic with the code, and write nothing."),
    Listed(
        "doctor",
        "Check what a run needs: the project, the servers, their versions, rights, ledger and "
        "clock.",
    ),
    Listed(
        "history", "Show what was sent to the servers, newest first, with outcome and duration."
    ),
    Listed(
        "trash",
        "List what is in the trash, newest first: origin, reason, size and when it expires.",
    ),
    Listed(
        "restore",
        "Restore a table from the trash: rows, schema and the order of columns.",
        file="trash",
    ),
    Listed("purge", "Remove what has expired in the trash, for good.", file="trash"),
    Listed("abort", "Give up interrupted rebuilds. Otherwise, the next apply continues them."),
    Listed(
        "clone",
        "Make the databases of --environment from those of another one, without copying bytes.",
    ),
    Listed(
        "load",
        "Load the messages of the project's topics into their tables, each exactly once.",
    ),
    Listed(
        "replay",
        "Validate dead letters again, show what passes, ask, and load only that, once.",
    ),
    Listed("pull", "Write Python modules that declare the live tables, views and topics."),
    Listed(
        "grants",
        "Print the least privileges that the project needs, in ClickHouse and Kafka; "
        "nothing connects.",
    ),
)
