"""Resources that left the code on purpose, and the code that says so."""

import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import Removed, ServerUnreachable, View, ViewConfig
from moose_dagster.clients.clickhouse import UnreachedClickHouse
from moose_dagster.ledger.history import Filter, read_history

ID = "id Int64; note String"
KEPT, OTHER = declared("customers", ID), declared("clicks", ID)


def history(db):
    return [
        one.statement
        for one in read_history(
            db.clickhouse, db.options["ledger_database"], "tests", Filter("orders")
        )
    ]


def lived(db, life_cycle):
    """Make the table `orders` with a row under *life_cycle*."""
    db.reconcile(declared("orders", ID, life_cycle), KEPT, OTHER)
    db.raw("INSERT INTO shop.orders VALUES (1, 'a')")


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_released_table_stays_and_is_never_mentioned_again(db, life_cycle):
    lived(db, life_cycle)
    released = Removed("orders", reason="billing owns it now")

    plan_result = db.plan_result(released, KEPT, OTHER, prune=True)
    db.reconcile(released, KEPT, OTHER, prune=True)

    assert plan_result.plan.steps == ()
    notes = "the next reconcile stops managing it (billing owns it now); it stays as it is."
    assert plan_result.plan.notes == (f"{db.database}.orders: {notes}",)
    assert history(db)[0] == "released: billing owns it now"
    assert db.value("SELECT count() FROM shop.orders") == 1
    again = db.plan_result(released, KEPT, OTHER, prune=True)
    assert again.plan.notes == (
        (
            f"{db.database}.orders: this project does not manage it; its Removed can be "
            "deleted from the code."
        ),
    )
    assert again.records == ()
    assert db.plan_result(KEPT, OTHER, prune=True).plan.notes == ()
    assert db.plan(KEPT, OTHER, prune=True) == {}


def test_a_fully_managed_table_is_dropped_through_the_trash_by_a_run_with_prune(db):
    lived(db, FM)
    removed = Removed("orders", reason="nobody reads it", drop=True)

    assert db.plan(removed, KEPT, OTHER) == {"table": "BLOCK"}
    outcome = db.reconcile(removed, KEPT, OTHER, prune=True)

    assert outcome.before.plan.steps[0].reason.endswith("Its removal is requested: nobody reads it")
    assert db.value("EXISTS TABLE shop.orders") == 0
    assert db.in_trash("orders", "count()") == 1
    reasons = db.rows(f"SELECT reason FROM {db.options['ledger_database']}.trash")
    assert "nobody reads it" in reasons[0][0]
    after = db.plan_result(removed, KEPT, OTHER, prune=True)
    assert after.plan.steps == ()
    assert "its Removed can be deleted from the code" in after.plan.notes[0]


def test_a_protected_table_is_dropped_only_by_a_run_after_the_one_that_recorded_the_request(db):
    lived(db, DP)
    removed = Removed("orders", reason="nobody reads it", drop=True)

    assert db.plan(removed, KEPT, OTHER, prune=True) == {"table": "BLOCK"}
    assert db.plan(removed, KEPT, OTHER, prune=True) == {"table": "BLOCK"}, "a plan records nothing"
    asked = db.reconcile(removed, KEPT, OTHER, prune=True)

    assert "the next reconcile records the request" in asked.before.plan.steps[0].reason
    assert asked.results == ()
    assert db.value("EXISTS TABLE shop.orders") == 1
    assert history(db)[0] == "removal requested: nobody reads it"
    assert db.plan(removed, KEPT, OTHER) == {"table": "BLOCK"}
    assert db.plan(removed, KEPT, OTHER, prune=True) == {"table": "APPLY"}
    db.reconcile(removed, KEPT, OTHER, prune=True)
    assert db.value("EXISTS TABLE shop.orders") == 0
    assert db.in_trash("orders", "count()") == 1


def test_a_request_taken_back_must_be_made_again(db):
    lived(db, DP)
    removed = Removed("orders", reason="nobody reads it", drop=True)
    db.reconcile(removed, KEPT, OTHER)

    db.reconcile(KEPT, OTHER, prune=True)

    assert db.plan(KEPT, OTHER, prune=True) == {"table": "BLOCK"}
    assert db.plan(removed, KEPT, OTHER, prune=True) == {"table": "BLOCK"}
    db.reconcile(removed, KEPT, OTHER, prune=True)
    assert db.value("EXISTS TABLE shop.orders") == 1


def test_a_table_that_is_not_the_projects_own_is_reported_and_never_dropped(db):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")
    removed = Removed("orders", reason="nobody reads it", drop=True)
    db.reconcile(declared("orders", "id Int64", EM), KEPT, OTHER)

    for _ in range(2):
        outcome = db.reconcile(removed, KEPT, OTHER, prune=True)
        assert [step.verdict.value for step in outcome.before.plan.steps] == ["DRIFT"]
        assert (
            "this project does not manage it, so nothing is written"
            in outcome.before.plan.steps[0].reason
        )

    assert db.value("EXISTS TABLE shop.orders") == 1
    assert db.trashed() == []


def test_a_table_made_by_somebody_else_under_the_name_is_not_dropped(db):
    lived(db, FM)
    db.raw("DROP TABLE shop.orders SYNC")
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")

    db.reconcile(Removed("orders", reason="nobody reads it", drop=True), KEPT, OTHER, prune=True)

    assert db.value("EXISTS TABLE shop.orders") == 1


def test_the_brake_holds_for_what_is_asked_for(db):
    db.reconcile(declared("a", ID), declared("b", ID), KEPT)
    removed = [Removed(name, reason="nobody reads it", drop=True) for name in "ab"]

    assert db.plan(*removed, KEPT, prune=True) == {"a.table": "BLOCK", "b.table": "BLOCK"}
    assert db.plan(*removed, KEPT, prune=True, allow_mass_removal=True) == {
        "a.table": "APPLY",
        "b.table": "APPLY",
    }


def test_a_selection_leaves_removal_requests_alone(db):
    lived(db, DP)
    selection = [db.table("customers")]

    plan_result = db.plan_result(Removed("orders", reason="sold"), KEPT, OTHER, selection=selection)

    assert plan_result.plan.notes == ()
    assert plan_result.records == ()


def test_a_table_declared_again_is_managed_as_before(db):
    lived(db, DP)
    db.reconcile(Removed("orders", reason="sold"), KEPT, OTHER)

    outcome = db.reconcile(declared("orders", ID, DP), KEPT, OTHER)

    assert outcome.results == ()
    assert db.plan(KEPT, OTHER) == {"table": "BLOCK"}


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_topics_are_left_alone_and_dropped_in_the_same_way(cluster, db, life_cycle):
    ledger = {**db.options, "clickhouse": db.clickhouse, "prune": True}
    clicks = cluster.declared("clicks")
    cluster.reconcile(
        cluster.declared("sold", life_cycle),
        cluster.declared("unread", life_cycle),
        clicks,
        **ledger,
    )
    sold = Removed(cluster.name("sold"), reason="sold", kind="topic")
    unread = Removed(cluster.name("unread"), reason="unread", kind="topic", drop=True)

    for _ in range(1 if life_cycle is FM else 2):
        cluster.reconcile(sold, unread, clicks, **ledger)

    assert cluster.writes()[3:] == ["delete unread"]
    assert cluster.layout("sold") is not None
    assert cluster.plan(clicks, **ledger) == {}


def test_nothing_is_said_of_a_topic_while_its_ledger_can_not_be_read(cluster, db):
    cluster.reconcile(
        cluster.declared("sold"), cluster.declared("clicks"), **db.options, clickhouse=db.clickhouse
    )
    away = UnreachedClickHouse(ServerUnreachable("nobody answers"))
    removed = [
        Removed(cluster.name("sold"), reason="r", kind="topic", drop=drop) for drop in (False, True)
    ]

    plan_results = [
        cluster.plan_result(one, cluster.declared("clicks"), clickhouse=away, prune=True)
        for one in removed
    ]

    assert [(plan_result.plan.steps, plan_result.plan.notes) for plan_result in plan_results] == [
        ((), ()),
        ((), ()),
    ]


@pytest.mark.parametrize(("life_cycle", "runs"), [(FM, 1), (DP, 2)])
def test_views_are_left_alone_and_dropped_in_the_same_way(db, life_cycle, runs):
    def view(name):
        return View(name, "SELECT 1 AS one", [], ViewConfig(life_cycle=life_cycle))

    db.reconcile(view("sold"), view("unread"), KEPT)
    removed = [
        Removed("sold", reason="s", kind="view"),
        Removed("unread", reason="u", kind="view", drop=True),
    ]

    for _ in range(runs):
        db.reconcile(*removed, KEPT, prune=True)

    assert db.rows(
        f"SELECT name FROM system.tables WHERE database = '{db.database}' ORDER BY name"
    ) == [
        ("customers",),
        ("sold",),
    ]
    assert db.plan(KEPT, prune=True) == {}


def test_an_orphan_says_what_can_be_done_about_it(db):
    lived(db, DP)

    (step,) = db.plan_result(KEPT, OTHER).plan.steps

    assert step.reason == (
        f"{db.database}.orders: drop table: it was DELETION_PROTECTED when it left the code, so "
        "it stays. Declare it again, or declare Removed(..., reason=...) for it."
    )
