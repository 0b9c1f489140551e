"""Give the ledger of a project without an environment to the environment that it is about."""

from dataclasses import dataclass

from moose_dagster.ledger.checkpoints import Event
from moose_dagster.ledger.schema import HISTORY, LOADS, REBUILDS, RESOURCES, TRASH
from moose_dagster.ledger.writer import Ledger
from moose_dagster.sql.quoting import quoted_table, quoted_text
from moose_dagster.state.names import TableId
from moose_dagster.state.owner import Owner


def carry_over(ledger: Ledger, owner: Owner) -> None:
    """Write what the ledger says of *owner* without its environment under the owner's own key.

    Each statement leaves out what an interrupted run has carried over already. The entries without
    an environment are removed last, so that an interrupted run is noticed.

    Args:
        ledger: The ledger of *owner*, under the locks of both.
        owner: The project in its environment.
    """
    databases = ", ".join(map(quoted_text, sorted(owner.databases)))
    topics = ", ".join(quoted_text(topic.name) for topic in sorted(owner.topics)) or "''"
    about = f"(database IN ({databases}) OR database = '' AND name IN ({topics}))"
    database = quoted_text(owner.database)
    entries = f"(default_database = {database} OR default_database = '' AND {about})"
    move = _Move(ledger, owner)
    move.copy(
        RESOURCES,
        f"{database} AS default_database, {ledger.fencing_sql} AS recorded_at",
        entries,
        ("kind", "database", "name"),
    )
    move.copy(TRASH, "", about, ("kept_database", "kept_name", "kept_at"))
    move.copy(HISTORY, "", about, ("run_id", "sent_at", "database", "name"))
    move.copy(REBUILDS, "", about, ("stamp", "database", "name", "position"))
    move.copy(LOADS, "", about, ("database", "name", "topic", "partition"))
    move.end_rebuilds(about)
    move.remove(entries)


@dataclass(frozen=True, slots=True)
class _Move:
    ledger: Ledger
    owner: Owner

    def copy(self, table: str, changes: str, condition: str, identity: tuple[str, ...]) -> None:
        """Copy the rows that fulfill *condition*, unless one with the same *identity* exists."""
        source = quoted_table(TableId(self.ledger.database, table))
        final = "FINAL " if table in {RESOURCES, LOADS} else ""
        replaced = ", ".join(filter(None, (f"{self._key} AS project", changes)))
        columns = ", ".join(identity)
        # In a query of its own, as the server would take what is replaced for the column in WHERE.
        rows = (
            f"SELECT * FROM {source} {final}"
            f"WHERE project = {self._earlier} AND {condition} AND ({columns}) NOT IN "
            f"(SELECT {columns} FROM {source} {final}WHERE project = {self._key})"
        )
        self.ledger.clickhouse.command(
            f"INSERT INTO {source} SELECT * REPLACE ({replaced}) FROM ({rows})"
        )

    def end_rebuilds(self, condition: str) -> None:
        """Write that the rebuilds have ended for the project without an environment."""
        rebuilds = quoted_table(TableId(self.ledger.database, REBUILDS))
        ended = quoted_text(Event.ENDED.value)
        self.ledger.clickhouse.command(
            f"INSERT INTO {rebuilds} (project, database, name, stamp, position, event, detail, at) "
            f"SELECT project, database, name, stamp, max(position) + 1, {ended}, '[]', max(at) "
            f"FROM {rebuilds} WHERE project = {self._earlier} AND {condition} "
            "GROUP BY project, database, name, stamp "
            f"HAVING argMax(event, (at, position)) != {ended}"
        )

    def remove(self, condition: str) -> None:
        """Take the entries that fulfill *condition* from the project without an environment."""
        resources = quoted_table(TableId(self.ledger.database, RESOURCES))
        changes = f"1 AS removed, {self.ledger.fencing_sql} AS recorded_at"
        rows = f"SELECT * FROM {resources} FINAL WHERE project = {self._earlier} AND {condition}"
        self.ledger.clickhouse.command(
            f"INSERT INTO {resources} SELECT * REPLACE ({changes}) FROM ({rows})"
        )

    @property
    def _key(self) -> str:
        return quoted_text(self.owner.key)

    @property
    def _earlier(self) -> str:
        return quoted_text(self.owner.project)
