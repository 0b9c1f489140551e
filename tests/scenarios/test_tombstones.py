"""Resources that left the code on purpose, and the code that says so."""

import pytest
from scenarios.house import DP, EM, FM, declared

from moose_dagster import Removed, ServerUnreachable, View, ViewConfig
from moose_dagster.clients.clickhouse import UnreachedClickHouse
from moose_dagster.live.history import Filter, read_history

ID = "id Int64; note String"
KEPT, OTHER = declared("customers", ID), declared("clicks", ID)


def history(house):
    return [
        one.statement
        for one in read_history(house.clickhouse, house.options["ledger_database"], "tests", Filter("orders"))
    ]


def lived(house, life_cycle):
    """Make the table `orders` with a row under *life_cycle*."""
    house.reconcile(declared("orders", ID, life_cycle), KEPT, OTHER)
    house.raw("INSERT INTO shop.orders VALUES (1, 'a')")


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_released_table_stays_and_is_never_mentioned_again(house, life_cycle):
    lived(house, life_cycle)
    released = Removed("orders", reason="billing owns it now")

    survey = house.survey(released, KEPT, OTHER, prune=True)
    house.reconcile(released, KEPT, OTHER, prune=True)

    assert survey.plan.steps == ()
    said = "let go by the next reconcile (billing owns it now); it stays as it is, no longer managed."
    assert survey.plan.notes == (f"{house.database}.orders: {said}",)
    assert history(house)[0] == "released: billing owns it now"
    assert house.value("SELECT count() FROM shop.orders") == 1
    again = house.survey(released, KEPT, OTHER, prune=True)
    assert again.plan.notes == (
        f"{house.database}.orders: this project does not manage it; its Removed can be taken out of the code.",
    )
    assert again.records == ()
    assert house.survey(KEPT, OTHER, prune=True).plan.notes == ()
    assert house.plan(KEPT, OTHER, prune=True) == {}


def test_a_fully_managed_table_is_dropped_through_the_trash_by_a_run_with_prune(house):
    lived(house, FM)
    removed = Removed("orders", reason="nobody reads it", drop=True)

    assert house.plan(removed, KEPT, OTHER) == {"table": "BLOCK"}
    outcome = house.reconcile(removed, KEPT, OTHER, prune=True)

    assert outcome.before.plan.steps[0].reason.endswith("Its removal is asked for: nobody reads it")
    assert house.value("EXISTS TABLE shop.orders") == 0
    assert house.in_trash("orders", "count()") == 1
    reasons = house.rows(f"SELECT reason FROM {house.options['ledger_database']}.trash")
    assert "nobody reads it" in reasons[0][0]
    after = house.survey(removed, KEPT, OTHER, prune=True)
    assert after.plan.steps == ()
    assert "its Removed can be taken out of the code" in after.plan.notes[0]


def test_a_protected_table_is_dropped_only_by_a_run_after_the_one_that_wrote_the_request_down(house):
    lived(house, DP)
    removed = Removed("orders", reason="nobody reads it", drop=True)

    assert house.plan(removed, KEPT, OTHER, prune=True) == {"table": "BLOCK"}
    assert house.plan(removed, KEPT, OTHER, prune=True) == {"table": "BLOCK"}, "a plan writes nothing down"
    asked = house.reconcile(removed, KEPT, OTHER, prune=True)

    assert "the next reconcile writes the request down" in asked.before.plan.steps[0].reason
    assert asked.results == ()
    assert house.value("EXISTS TABLE shop.orders") == 1
    assert history(house)[0] == "removal asked for: nobody reads it"
    assert house.plan(removed, KEPT, OTHER) == {"table": "BLOCK"}
    assert house.plan(removed, KEPT, OTHER, prune=True) == {"table": "APPLY"}
    house.reconcile(removed, KEPT, OTHER, prune=True)
    assert house.value("EXISTS TABLE shop.orders") == 0
    assert house.in_trash("orders", "count()") == 1


def test_a_request_taken_back_must_be_made_again(house):
    lived(house, DP)
    removed = Removed("orders", reason="nobody reads it", drop=True)
    house.reconcile(removed, KEPT, OTHER)

    house.reconcile(KEPT, OTHER, prune=True)

    assert house.plan(KEPT, OTHER, prune=True) == {"table": "BLOCK"}
    assert house.plan(removed, KEPT, OTHER, prune=True) == {"table": "BLOCK"}
    house.reconcile(removed, KEPT, OTHER, prune=True)
    assert house.value("EXISTS TABLE shop.orders") == 1


def test_a_table_that_is_not_the_projects_own_is_reported_and_never_dropped(house):
    house.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")
    removed = Removed("orders", reason="nobody reads it", drop=True)
    house.reconcile(declared("orders", "id Int64", EM), KEPT, OTHER)

    for _ in range(2):
        outcome = house.reconcile(removed, KEPT, OTHER, prune=True)
        assert [step.verdict.value for step in outcome.before.plan.steps] == ["DRIFT"]
        assert "this project does not manage it: nothing is written" in outcome.before.plan.steps[0].reason

    assert house.value("EXISTS TABLE shop.orders") == 1
    assert house.kept() == []


def test_a_table_made_by_somebody_else_under_the_name_is_not_dropped(house):
    lived(house, FM)
    house.raw("DROP TABLE shop.orders SYNC")
    house.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")

    house.reconcile(Removed("orders", reason="nobody reads it", drop=True), KEPT, OTHER, prune=True)

    assert house.value("EXISTS TABLE shop.orders") == 1


def test_the_brake_holds_for_what_is_asked_for(house):
    house.reconcile(declared("a", ID), declared("b", ID), KEPT)
    removed = [Removed(name, reason="nobody reads it", drop=True) for name in "ab"]

    assert house.plan(*removed, KEPT, prune=True) == {"a.table": "BLOCK", "b.table": "BLOCK"}
    assert house.plan(*removed, KEPT, prune=True, allow_mass_removal=True) == {"a.table": "APPLY", "b.table": "APPLY"}


def test_a_selection_leaves_tombstones_alone(house):
    lived(house, DP)
    selection = [house.table("customers")]

    survey = house.survey(Removed("orders", reason="sold"), KEPT, OTHER, selection=selection)

    assert survey.plan.notes == ()
    assert survey.records == ()


def test_a_table_declared_again_is_managed_as_before(house):
    lived(house, DP)
    house.reconcile(Removed("orders", reason="sold"), KEPT, OTHER)

    outcome = house.reconcile(declared("orders", ID, DP), KEPT, OTHER)

    assert outcome.results == ()
    assert house.plan(KEPT, OTHER) == {"table": "BLOCK"}


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_topics_are_let_go_and_dropped_in_the_same_way(cluster, house, life_cycle):
    ledger = {**house.options, "clickhouse": house.clickhouse, "prune": True}
    kept = cluster.declared("kept")
    cluster.reconcile(cluster.declared("sold", life_cycle), cluster.declared("unread", life_cycle), kept, **ledger)
    sold = Removed(cluster.name("sold"), reason="sold", kind="topic")
    unread = Removed(cluster.name("unread"), reason="unread", kind="topic", drop=True)

    for _ in range(1 if life_cycle is FM else 2):
        cluster.reconcile(sold, unread, kept, **ledger)

    assert cluster.writes()[3:] == ["delete unread"]
    assert cluster.layout("sold") is not None
    assert cluster.plan(kept, **ledger) == {}


def test_nothing_is_said_of_a_topic_while_its_ledger_can_not_be_read(cluster, house):
    cluster.reconcile(cluster.declared("sold"), cluster.declared("kept"), **house.options, clickhouse=house.clickhouse)
    away = UnreachedClickHouse(ServerUnreachable("nobody answers"))
    removed = [Removed(cluster.name("sold"), reason="r", kind="topic", drop=drop) for drop in (False, True)]

    surveys = [cluster.survey(one, cluster.declared("kept"), clickhouse=away, prune=True) for one in removed]

    assert [(survey.plan.steps, survey.plan.notes) for survey in surveys] == [((), ()), ((), ())]


@pytest.mark.parametrize(("life_cycle", "runs"), [(FM, 1), (DP, 2)])
def test_views_are_let_go_and_dropped_in_the_same_way(house, life_cycle, runs):
    def view(name):
        return View(name, "SELECT 1 AS one", [], ViewConfig(life_cycle=life_cycle))

    house.reconcile(view("sold"), view("unread"), KEPT)
    removed = [Removed("sold", reason="s", kind="view"), Removed("unread", reason="u", kind="view", drop=True)]

    for _ in range(runs):
        house.reconcile(*removed, KEPT, prune=True)

    assert house.rows(f"SELECT name FROM system.tables WHERE database = '{house.database}' ORDER BY name") == [
        ("customers",),
        ("sold",),
    ]
    assert house.plan(KEPT, prune=True) == {}


def test_an_orphan_says_what_can_be_done_about_it(house):
    lived(house, DP)

    (step,) = house.survey(KEPT, OTHER).plan.steps

    assert step.reason == (
        f"{house.database}.orders: drop table: it left the code as DELETION_PROTECTED, and stays. "
        "Put it back into the code, or say with Removed(..., reason=...) what is to become of it."
    )
