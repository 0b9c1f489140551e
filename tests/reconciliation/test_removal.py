"""What left the code goes by the ledger; what is new or changed is written down."""

from dataclasses import replace

import pytest
from scenarios.database import EM, FM, declared

from moose_dagster import Options, Project
from moose_dagster.ledger.entries import Entries
from moose_dagster.plan.removal import Entry, Record
from moose_dagster.reconciliation.removal import new_records, removal_block_of, undeclared_of
from moose_dagster.state.names import TableId

ORDERS, OLD, OLDER = (TableId("shop", name) for name in ("orders", "old", "older"))
PROJECT = Project("shop", [declared("orders", "id Int64")], database="shop")
ENTRY = Entry(FM, PROJECT.desired.fingerprint(ORDERS), "uuid-1", default_database="shop")
MANAGED = Entries(tables=dict.fromkeys((ORDERS, OLD, OLDER), ENTRY))


def test_nothing_is_dropped_unless_the_run_may():
    assert removal_block_of(PROJECT, MANAGED, Options()) != ""
    assert removal_block_of(PROJECT, MANAGED, Options(prune=True, allow_mass_removal=True)) == ""


def test_most_of_a_project_is_not_dropped_at_once():
    assert "2 of" in removal_block_of(PROJECT, MANAGED, Options(prune=True))


def test_what_the_ledger_has_and_the_code_lacks_has_left_it():
    assert set(undeclared_of(PROJECT, TableId, MANAGED, Options()).names) == {OLD, OLDER}


@pytest.mark.parametrize(
    ("entries", "options"),
    [(MANAGED, Options(selection=[ORDERS])), (Entries(known=False), Options())],
    ids=["selection", "no ledger"],
)
def test_a_selection_or_an_unknown_ledger_removes_nothing(entries, options):
    assert not undeclared_of(PROJECT, TableId, entries, options).names


@pytest.mark.parametrize(
    ("live", "ledger", "unadopted", "written"),
    [
        ({ORDERS: "uuid-1"}, {}, (), ["uuid-1"]),
        ({ORDERS: "uuid-1"}, {ORDERS: ENTRY}, (), []),
        ({ORDERS: "uuid-2"}, {ORDERS: ENTRY}, (), ["uuid-2"]),
        ({ORDERS: "uuid-1"}, {}, (ORDERS,), []),
        ({}, {}, (), []),
    ],
    ids=["new", "known", "made again", "not adopted", "not live"],
)
def test_an_entry_is_written_when_it_is_outdated(live, ledger, unadopted, written):
    records = [*new_records(PROJECT, [ORDERS], live, ledger, unadopted)]

    assert records == [Record(ORDERS, replace(ENTRY, uuid=uuid)) for uuid in written]


def test_an_external_table_is_written_down_only_where_it_was_managed_before():
    project = Project("shop", [declared("orders", "id Int64", EM)], database="shop")
    live = {ORDERS: "uuid-1"}

    assert [*new_records(project, [ORDERS], live, {}, ())] == []
    (record,) = new_records(project, [ORDERS], live, {ORDERS: ENTRY}, ())
    assert record.entry.life_cycle is EM
