"""What becomes of a resource that left the code: ledger x server x what the code says of it."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import (
    REMOVAL_REQUESTED,
    Entry,
    RemovalRequest,
    UndeclaredResources,
    decide_removals,
    removal_block_reason,
    undeclared_resources,
)
from moose_dagster.state.names import TableId

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
ORDERS = TableId("shop", "orders")
SILENT = None
RELEASE = RemovalRequest("sold")
DROP = RemovalRequest("sold", drop=True)
OURS = "uuid"
OTHERS = "another uuid"
GONE = None

OUT = "removed from the ledger"
LET_GO = "the next reconcile stops managing it (sold)"
UNMANAGED = "this project does not manage it"
NOWHERE = "it does not exist"


@pytest.mark.parametrize(
    ("recorded", "live", "removal_request", "life_cycle", "becomes", "note"),
    [
        # Nothing is said: as the ledger has it.
        (FM, OURS, SILENT, FM, None, ""),
        (DP, OURS, SILENT, DP, None, ""),
        (EM, OURS, SILENT, None, OUT, ""),
        (FM, OTHERS, SILENT, None, OUT, ""),
        (DP, GONE, SILENT, None, OUT, ""),
        (REMOVAL_REQUESTED, OURS, SILENT, DP, Entry(DP, "", "uuid"), ""),
        # Released: never dropped, whatever it was.
        (FM, OURS, RELEASE, None, OUT, LET_GO),
        (DP, OURS, RELEASE, None, OUT, LET_GO),
        (REMOVAL_REQUESTED, OURS, RELEASE, None, OUT, LET_GO),
        (EM, OURS, RELEASE, None, OUT, UNMANAGED),
        (FM, OTHERS, RELEASE, None, OUT, UNMANAGED),
        (DP, GONE, RELEASE, None, OUT, NOWHERE),
        (None, OTHERS, RELEASE, None, None, UNMANAGED),
        (None, GONE, RELEASE, None, None, NOWHERE),
        # To be dropped: what was protected is asked for first, and what is not ours never goes.
        (FM, OURS, DROP, FM, None, ""),
        (DP, OURS, DROP, DP, Entry(DP, REMOVAL_REQUESTED, "uuid"), ""),
        (REMOVAL_REQUESTED, OURS, DROP, FM, None, ""),
        (EM, OURS, DROP, EM, OUT, ""),
        (FM, OTHERS, DROP, EM, OUT, ""),
        (DP, OTHERS, DROP, EM, OUT, ""),
        (REMOVAL_REQUESTED, OTHERS, DROP, EM, OUT, ""),
        (DP, GONE, DROP, None, OUT, NOWHERE),
        (None, OTHERS, DROP, EM, None, ""),
        (None, GONE, DROP, None, None, NOWHERE),
    ],
)
def test_what_becomes_of_it(recorded, live, removal_request, life_cycle, becomes, note):  # noqa: PLR0913, PLR0917 - a row
    asked = recorded is REMOVAL_REQUESTED
    entries = (
        {ORDERS: Entry(DP if asked else recorded, REMOVAL_REQUESTED if asked else "", "uuid")}
        if recorded
        else {}
    )
    uuids = {ORDERS: live} if live else {}

    left = decide_removals(
        UndeclaredResources(entries, {ORDERS: removal_request} if removal_request else {}),
        uuids,
        uuids,
    )

    assert left.life_cycles == ({ORDERS: life_cycle} if life_cycle else {})
    assert [record.entry for record in left.records] == (
        [] if becomes is None else [None if becomes is OUT else becomes]
    )
    assert bool(left.notes) == bool(note)
    assert not note or note in left.notes[0]
    assert set(left.remarks) == set(left.life_cycles)


def test_what_another_project_has_taken_over_is_not_dropped():
    undeclared = undeclared_resources({ORDERS: Entry(FM, "", "uuid")}, {}, {ORDERS: DROP})

    assert decide_removals(undeclared, {}, {ORDERS}).life_cycles == {ORDERS: EM}


TABLES = [TableId("shop", name) for name in "abcde"]


@pytest.mark.parametrize(
    ("life_cycle", "fingerprint", "removal_request", "blocked"),
    [
        (FM, "", SILENT, True),
        (FM, "", DROP, True),
        (FM, "", RELEASE, False),
        (DP, "", SILENT, False),
        (DP, "", DROP, False),
        (DP, REMOVAL_REQUESTED, DROP, True),
        (DP, REMOVAL_REQUESTED, SILENT, False),
        (EM, "", DROP, False),
    ],
)
def test_the_brake_counts_what_would_be_dropped(life_cycle, fingerprint, removal_request, blocked):
    ledger = {table: Entry(life_cycle, fingerprint) for table in TABLES}
    removal_requests = dict.fromkeys(TABLES[1:], removal_request) if removal_request else {}

    why = removal_block_reason(ledger, TABLES[:1], removal_requests, prune=True, mass_removal=False)

    assert why.startswith("4 of 5 managed resources left the code at once") == blocked
