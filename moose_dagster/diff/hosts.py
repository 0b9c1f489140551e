"""Say what some hosts of a cluster lack of a declared table that others have."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from moose_dagster.diff.table_changes import AddColumn, AddElement, CreateTable, TableChange
from moose_dagster.state.tables import Table, with_elements


def missing_on_hosts(
    desired: Table, on_hosts: Mapping[str, Table | None], uuid: str
) -> tuple[TableChange, ...]:
    """Return what must be added on some hosts, so that each has what the code declares.

    Args:
        desired: The declared table.
        on_hosts: The table by the name of each host that answered; None where it is absent.
        uuid: The UUID of the table where it is live.
    """
    return tuple(_missing(desired, on_hosts, uuid))


def on_every_host(desired: Table, on_hosts: Mapping[str, Table | None]) -> Table:
    """Return *desired* without what one of the hosts that have the table lacks."""
    tables = _present(on_hosts).values()
    columns = list(desired.columns)
    elements = list(desired.elements)
    for table in tables:
        columns = [column for column in columns if table.column(column.name)]
        elements = [
            element for element in elements if _has_element(table, (type(element), element.name))
        ]
    return with_elements(replace(desired, columns=tuple(columns)), elements)


def _missing(
    desired: Table, on_hosts: Mapping[str, Table | None], uuid: str
) -> Iterator[TableChange]:
    tables = _present(on_hosts)
    absent = tuple(host for host, table in on_hosts.items() if table is None)
    if absent and tables:
        path = desired.engine.keeper_path
        holds_uuid = desired.engine.name.startswith("Replicated") and (not path or "{uuid}" in path)
        yield CreateTable(desired, absent, uuid if holds_uuid else "")
    after: str | None = None
    for column in desired.columns:
        lacking = tuple(host for host, table in tables.items() if not table.column(column.name))
        if 0 < len(lacking) < len(tables):
            yield AddColumn(desired.id, column, after, lacking)
        if len(lacking) < len(tables):
            after = column.name
    for element in desired.elements:
        key = (type(element), element.name)
        lacking = tuple(host for host, table in tables.items() if not _has_element(table, key))
        if 0 < len(lacking) < len(tables):
            yield AddElement(desired.id, element, lacking)


def _present(on_hosts: Mapping[str, Table | None]) -> Mapping[str, Table]:
    return {host: table for host, table in on_hosts.items() if table is not None}


def _has_element(table: Table, key: tuple[type, str]) -> bool:
    return key in {(type(element), element.name) for element in table.elements}
