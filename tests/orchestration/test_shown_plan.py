"""What a run shows: the plan with its statements, what it touches, and afterwards what was done."""

from contextlib import contextmanager
from typing import Any

from orchestration.shop import RecordedClickHouse, failures, materialized, rows_of
from scenarios.database import DP, EM, Recording, declared, refused_by_the_server

from moose_dagster import ServerUnreachable, View
from moose_dagster.orchestration import DefinitionsSettings, build_definitions

KEPT = declared("orders", "id Int64; added String", life_cycle=DP)
_KEPT_LIVE = ("orders (id Int64, note String) ORDER BY id", "VALUES (1, 'a'), (2, 'b')")


def output(result):
    """Return the metadata of the op's output."""
    (found,) = [event.step_output_data for event in result.all_events if event.is_successful_output]
    return found.metadata


def failure(result):
    """Return the metadata of the op's failure."""
    (found,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    return found.user_failure_data.metadata


def test_a_dry_run_shows_what_is_sent_once_and_what_would_be(shop):
    shop.db.live(*_KEPT_LIVE)
    shop.db.live("theirs (id Int64, more String) ORDER BY id")
    definitions = shop.definitions(KEPT, declared("theirs", "id Int64", life_cycle=EM))

    shown = output(shop.reconcile(definitions))

    orders = f"`{shop.db.database}`.`orders`"
    sent, blocked = shown["statements"].value.split(
        f"-- blocked, not sent: {shop.db.table('orders')}\n"
    )
    assert f"ALTER TABLE {orders} ADD COLUMN `added` String AFTER `id`" in sent
    dropping = blocked.splitlines()
    clone = dropping[0].split(" ")[2]
    assert dropping[0] == f"CREATE TABLE {clone} AS {orders}"
    assert clone.startswith(f"`{shop.db.options['trash_database']}`.")
    assert f"ALTER TABLE {clone} DROP COLUMN `note`" in dropping
    assert f"EXCHANGE TABLES {orders} AND {clone}" in dropping
    assert "theirs" not in sent + blocked


def test_a_plan_is_written_for_people_and_its_table_is_for_sorting(shop):
    shop.db.live(*_KEPT_LIVE)

    shown = output(shop.reconcile(shop.definitions(KEPT)))

    table = shop.db.table("orders")
    text = shown["plan"].value
    assert text.splitlines()[0] == "**1 change to apply, 1 blocked, 0 drifted**: 1 to create"
    assert "drop column `note`: `String` **loses data**" in text
    assert text.count("its stored values would be lost") == 1
    assert "would lose or change 2 rows (note)" in text
    assert rows_of(shown["steps"].value) == [
        {
            "resource": str(table),
            "step": "create column added",
            "decision": "to apply",
            "risk": "loses nothing",
        },
        {
            "resource": str(table),
            "step": "drop column note",
            "decision": "blocked",
            "risk": "loses data",
        },
    ]
    assert len(shown["fingerprint"].value) == 16


def test_a_check_shows_the_plan_without_a_run_by_hand(shop):
    shop.db.live(*_KEPT_LIVE)

    result = shop.reconcile(shop.definitions(KEPT), dry_run=False, fails=True)

    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert "drop column `note`" in check.metadata["plan"].value
    assert check.metadata["difference_count"].value == 1


def test_the_impact_names_what_a_plan_touches(shop):
    db = shop.db
    db.live("src (id Int64) ORDER BY id")
    db.live(
        "orders (id Int64, note String, n Int64) ORDER BY id", "VALUES (1, 'a', 1), (2, 'b', 300)"
    )
    db.raw("CREATE VIEW shop.theirs AS SELECT id FROM shop.orders")
    db.raw("CREATE MATERIALIZED VIEW shop.filling TO shop.orders AS SELECT id FROM shop.src")
    db.raw("CREATE VIEW shop.unrelated AS SELECT id FROM shop.src")
    db.raw(
        "CREATE DICTIONARY shop.known (id Int64, n Int64) PRIMARY KEY id "
        "SOURCE(CLICKHOUSE(DB 'shop.' TABLE 'orders')) LAYOUT(FLAT()) LIFETIME(0)".replace(
            "'shop.'", f"'{db.database}'"
        )
    )
    orders = declared("orders", "id Int64; n UInt8", life_cycle=DP)
    mine = View("mine", "SELECT id FROM orders", [orders])
    above = View("above", "SELECT id FROM mine", [mine])
    db.raw("CREATE VIEW shop.mine AS SELECT id FROM shop.orders")
    db.raw("CREATE VIEW shop.above AS SELECT id FROM shop.mine")

    result = shop.reconcile(shop.definitions(orders, mine, above))

    (row,) = rows_of(output(result)["impact"].value)
    name = f"{db.database}.orders"
    database = db.database
    assert row["resource"] == name
    assert (row["rows"], row["size"][-1:], row["lost"]) == (2, "B", "1 row (n), 2 rows (note)")
    assert row["downstream"] == ", ".join(
        shop.key(view).to_user_string() for view in ("above", "mine")
    )
    assert row["views"].replace(f"{database}.", "") == "known, mine, theirs, filling (fills it)"
    assert rows_of(shop.observed("orders").metadata["impact"].value) == [row]


def test_a_run_with_nothing_to_do_asks_for_no_views(shop):
    shop.db.live("orders (id Int64, note String) ORDER BY id")
    definitions = shop.definitions(declared("orders", "id Int64; note String"))
    shop.reconcile(definitions, dry_run=False)
    asked = shop.asked()

    shop.reconcile(definitions)
    quiet = shop.asked()
    shop.db.raw("ALTER TABLE shop.orders ADD COLUMN more String")
    shop.reconcile(definitions)

    assert asked
    assert [text for text in quiet if "multiSearchAny" in text] == []
    # Once for the plan, and once for what is shown of its impact.
    assert len([text for text in shop.asked() if "multiSearchAny" in text]) == 2


def test_a_table_that_is_to_be_renamed_is_known_by_its_live_name(shop):
    shop.db.live("earlier (id Int64) ORDER BY id", "VALUES (1)")
    shop.db.raw("CREATE VIEW shop.theirs AS SELECT id FROM shop.earlier")
    renamed = declared("orders", "id Int64", renamed_from="earlier")

    (row,) = rows_of(output(shop.reconcile(shop.definitions(renamed), adopt=True))["impact"].value)

    assert (row["rows"], row["views"]) == (1, f"{shop.db.database}.theirs")


def test_a_blocked_run_fails_with_what_is_left_to_decide_and_what_it_did(shop):
    shop.db.live(*_KEPT_LIVE)

    by_job = failure(shop.reconcile(shop.definitions(KEPT), dry_run=False, fails=True))
    by_hand = failure(shop.run(shop.definitions(KEPT), "orders", fails=True))

    for metadata in (by_job, by_hand):
        (row,) = rows_of(metadata["impact"].value)
        assert (row["rows"], row["lost"]) == (2, "2 rows (note)")
        assert "DROP COLUMN `note`" in metadata["statements"].value
    (done,) = rows_of(by_job["done"].value)
    assert (done["what"], done["result"]) == ("ALTER", "applied")
    assert done["milliseconds"] >= 0
    assert "ADD COLUMN `added`" in done["statements"]
    assert "done" not in by_hand


def test_an_acting_run_shows_how_each_action_ended(shop):
    refused = refused_by_the_server()
    definitions = shop.definitions(declared("orders", "id Int64"), refused)

    metadata = failure(shop.reconcile(definitions, dry_run=False, fails=True))

    ended = {row["resource"].split(".")[1]: row for row in rows_of(metadata["done"].value)}
    assert ended["orders"]["result"] == "applied"
    assert ended["refused"]["result"].startswith("failed: ")
    assert "nowhere" in ended["refused"]["result"]
    assert all(row["statements"].startswith("CREATE TABLE") for row in ended.values())


def test_what_was_not_reached_is_said(shop):
    class Gone(RecordedClickHouse):
        """A ClickHouseResource whose connection breaks at every CREATE TABLE of the project."""

        @contextmanager
        def connect(self):
            with super().connect() as recording:
                yield Breaking(recording)

    clickhouse = Gone(host=shop.clickhouse.host, port=shop.clickhouse.port, **shop.db.options)
    project = shop.db.project(declared("first", "id Int64"), declared("second", "id Int64"))
    definitions = build_definitions(
        project, clickhouse=clickhouse, settings=DefinitionsSettings(retry_policy=None)
    )

    for result in (
        shop.reconcile(definitions, dry_run=False, fails=True),
        shop.run(definitions, "first second", fails=True),
    ):
        ended = [row["result"] for row in rows_of(failure(result)["done"].value)]
        assert [text.split(":")[0] for text in ended] == ["failed", "not reached"]
    assert "ServerUnreachable" in failures(result)


def test_a_materialized_table_shows_what_was_done_to_it_and_how_long_it_took(shop):
    definitions = shop.definitions(
        declared("orders", "id Int64"), declared("customers", "id Int64")
    )

    by_job = output(
        shop.reconcile(definitions, dry_run=False, selection=[f"{shop.db.database}.customers"])
    )
    event = materialized(shop.run(definitions, "orders customers"))

    (done,) = rows_of(event["orders"].metadata["done"].value)
    assert event["orders"].metadata["milliseconds"].value == done["milliseconds"]
    assert [row["result"] for row in rows_of(by_job["done"].value)] == ["applied"]
    assert "done" not in event["customers"].metadata


class Breaking(Recording):
    """A connection that answers nothing to a CREATE TABLE of the project."""

    def command(self, sql: str, settings: Any = None) -> None:
        if sql.startswith("CREATE TABLE `shop_"):
            raise ServerUnreachable("ClickHouse did not answer: connection reset")
        super().command(sql, settings)
