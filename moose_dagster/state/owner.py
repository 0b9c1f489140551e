"""Whose entries of the ledger a run reads and writes."""

from dataclasses import dataclass

from moose_dagster.state.topics import TopicId


@dataclass(frozen=True, slots=True)
class Owner:
    """A project, in one of its environments if it has some.

    Attributes:
        project: The name of the project.
        environment: The name of the environment; "" for none.
        database: The default database of the project in this environment.
        databases: Every database that the project declares something in, the default one included.
        topics: The topics that the project declares.
    """

    project: str
    environment: str = ""
    database: str = ""
    databases: frozenset[str] = frozenset()
    topics: frozenset[TopicId] = frozenset()

    @property
    def key(self) -> str:
        """The name in the ledger, the lock and the log of queries: `shop` or `shop@dev`."""
        # The name of a project never contains an @.
        return f"{self.project}@{self.environment}" if self.environment else self.project
