"""A table on two shards: every proof, count and difference is of both."""

import pytest
from cluster.conftest import on_every_host
from scenarios.database import DP, EM, FM, declared, declared_as

from moose_dagster import OlapConfig, Options, reconcile

BIG = 5_000_000_000


@pytest.fixture
def orders(db, front):
    """The table `orders` on both hosts: small values on the first, whatever a test adds there."""
    on_every_host(front, table(db, "id Int64, amount Nullable(Int64), kind String"))
    front.hosts[0].rows(f"INSERT INTO {db.database}.orders VALUES (1, 1, 'a')")
    return db


def table(db, columns):
    return f"CREATE TABLE {db.database}.orders ({columns}) ENGINE = MergeTree ORDER BY id"


def desired(columns, life_cycle=DP, **config):
    return declared("orders", columns, life_cycle, cluster="main", **config)


SAME = "id Int64; amount Nullable(Int64); kind String"


@pytest.mark.parametrize("life_cycle", [DP, FM])
@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ("id Int64; amount Nullable(Int32); kind String", f"(2, {BIG}, 'a')"),
        ("id Int64; amount Int64; kind String", "(2, NULL, 'a')"),
        ("id Int64; amount Nullable(Int64); kind Enum8('a' = 1)", "(2, 1, 'b')"),
        ("id Int64; amount Nullable(Int64); kind UInt8", "(2, 1, 'b')"),
    ],
)
def test_a_value_on_the_other_shard_is_seen_by_the_proof(orders, front, life_cycle, columns, row):
    front.hosts[0].rows(f"TRUNCATE TABLE {orders.database}.orders")
    front.hosts[1].rows(f"INSERT INTO {orders.database}.orders VALUES {row}")

    plan = orders.plan_result(desired(columns, life_cycle)).plan

    (step,) = plan.steps
    assert life_cycle is FM or step.verdict.name == "BLOCK"
    assert step.risk.name in {"DESTRUCTIVE", "IMPOSSIBLE"}, step.reason


def test_what_both_shards_allow_is_applied_on_both(orders, front):
    front.hosts[1].rows(f"INSERT INTO {orders.database}.orders VALUES (2, 2, 'b')")

    orders.reconcile(desired("id Int64; amount Nullable(Int32); kind String"))

    for host in front.hosts:
        sql = (
            "SELECT type FROM system.columns WHERE database = "
            f"'{orders.database}' AND table = 'orders' AND name = 'amount'"
        )
        assert host.rows(sql) == [["Nullable(Int32)"]]
    assert orders.plan(desired("id Int64; amount Nullable(Int32); kind String")) == {}


def test_a_host_that_does_not_answer_blocks_what_must_be_proved_on_it(orders, front):
    front.hosts[1].is_down = True

    plan = orders.plan_result(desired("id Int64; amount Nullable(Int32); kind String; x Int8")).plan

    verdicts = {type(step.change).__name__: step.verdict.name for step in plan.steps}
    assert verdicts == {"ChangeType": "BLOCK", "AddColumn": "APPLY"}
    assert any(
        step.reason.find("not every host of the cluster main answers") > 0 for step in plan.steps
    )
    assert (
        "b:9000 of the cluster main can't be reached: nothing is known of its tables, and what has "
        "to be proved on its rows is blocked."
    ) in plan.notes


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_a_host_without_the_table_is_a_step_of_its_own(orders, front, life_cycle, verdict):
    front.hosts[1].rows(f"DROP TABLE {orders.database}.orders SYNC")

    plan = orders.plan_result(desired(SAME, life_cycle)).plan

    (step,) = plan.steps
    assert step.verdict.name == verdict
    assert step.reason.startswith(f"{orders.database}.orders")
    assert "on b:9000" in step.reason
    assert (
        f"{orders.database}.orders: it is not the same on every host of main: b:9000 does not "
        "have it."
    ) in plan.notes


@pytest.mark.parametrize("gone", [0, 1])
def test_a_table_that_is_gone_on_one_host_is_made_there_and_its_rows_elsewhere_stay(
    orders, front, gone
):
    other = front.hosts[1 - gone]
    other.rows(f"INSERT INTO {orders.database}.orders VALUES (5, 5, 'kept')")
    front.hosts[gone].rows(f"DROP TABLE {orders.database}.orders SYNC")

    orders.reconcile(desired(SAME))

    (sent,) = [sql for sql in front.on_cluster if "CREATE TABLE" in sql and ".`orders`" in sql]
    assert sent.startswith("CREATE TABLE IF NOT EXISTS")
    assert ["5", "5", "kept"] in other.rows(f"SELECT * FROM {orders.database}.orders")
    assert orders.plan(desired(SAME)) == {}


@pytest.mark.parametrize("lacking", [0, 1])
def test_a_column_and_an_index_that_one_host_lacks_are_added_there(orders, front, lacking):
    other = front.hosts[1 - lacking]
    other.rows(f"ALTER TABLE {orders.database}.orders ADD COLUMN note String AFTER id")
    more = desired("id Int64; note String; amount Nullable(Int64); kind String")

    step = next(iter(orders.plan_result(more).plan.steps))
    orders.reconcile(more)

    assert step.verdict.name == "APPLY"
    assert f"on {front.hosts[lacking].name}:9000" in step.reason
    assert any("ADD COLUMN IF NOT EXISTS `note`" in sql for sql in front.on_cluster)
    assert orders.plan(more) == {}


def test_a_host_with_another_column_is_named_and_no_statement_is_sent_to_all(orders, front):
    front.hosts[1].rows(f"ALTER TABLE {orders.database}.orders ADD COLUMN extra Int8")

    plan = orders.plan_result(desired(f"{SAME}; more Int8")).plan

    (step,) = plan.steps
    assert step.verdict.name == "BLOCK"
    assert "b:9000 has another definition than a:9000" in step.reason


def test_rows_of_all_shards_are_counted(orders, front):
    front.hosts[1].rows(
        f"INSERT INTO {orders.database}.orders SELECT number, 1, 'a' FROM numbers(9)"
    )

    result = orders.plan_result(desired(SAME))

    (facts,) = result.facts.values()
    assert facts.rows == 10


def test_a_cluster_that_the_server_does_not_know_blocks_its_tables_and_no_other(orders):
    far = declared("far", "id Int64", cluster="nowhere")
    near = declared("near", "id Int64")

    plan = orders.plan_result(far, near).plan

    verdicts = {step.change.table.id.name: step for step in plan.steps}
    assert verdicts["near"].verdict.name == "APPLY"
    assert verdicts["far"].verdict.name == "BLOCK"
    assert "the server knows no cluster nowhere; it knows main" in verdicts["far"].reason


def test_a_new_table_is_made_on_both_hosts_and_the_second_plan_is_empty(db, front):
    orders = desired("id Int64; note String", FM)

    db.reconcile(orders)

    for host in front.hosts:
        assert host.rows(f"EXISTS TABLE {db.database}.orders") == [["1"]]
    assert db.plan(orders) == {}


def test_a_host_that_ends_late_is_waited_for_and_nothing_is_sent_twice(orders, front):
    front.hosts[1].is_late = True
    more = desired(f"{SAME}; more Int8")

    orders.reconcile(more)

    (sent,) = [sql for sql in front.on_cluster if "ADD COLUMN" in sql]
    assert sent.endswith("ON CLUSTER `main` ADD COLUMN `more` Int8 AFTER `kind`")
    assert orders.plan(more) == {}


def test_a_host_that_refuses_is_named_and_what_the_others_did_stands(orders, front):
    front.hosts[1].refuses = "ADD COLUMN"
    more = desired(f"{SAME}; more Int8; last Int8")

    outcome = reconcile(
        orders.project(more), orders.clickhouse, Options(adopt=True, **orders.options)
    )

    (failure,) = outcome.failures
    assert "on b:9000: Code: 243" in failure.error
    assert "carried out on a:9000" in failure.error
    assert len([sql for sql in front.on_cluster if "ADD COLUMN" in sql]) == 1
    front.hosts[1].refuses = ""
    orders.reconcile(more)
    assert orders.plan(more) == {}


def test_what_every_host_refuses_is_an_error_of_the_statement(orders, front):
    for host in front.hosts:
        host.refuses = "MODIFY COMMENT"

    outcome = reconcile(
        orders.project(desired(SAME, comment="paid")),
        orders.clickhouse,
        Options(adopt=True, **orders.options),
    )

    (failure,) = outcome.failures
    assert failure.code == 243
    assert "on a:9000" in failure.error


WITH_DEFAULT = declared_as(
    "orders",
    ["id Int64", "amount Int64 DEFAULT 7", "kind String"],
    OlapConfig(life_cycle=DP, cluster="main", order_by_fields=["id"]),
)
POSITIVE = OlapConfig.TableConstraint("positive", "amount > 0")
PROVED_ON_ROWS = [
    (desired("id Int64; amount Int64; kind String"), "(2, NULL, 'a')"),
    (desired("id Int64; amount Nullable(Int64); kind Enum8('a' = 1)"), "(2, 1, 'b')"),
    (desired(SAME, ttl="toDateTime(id) + INTERVAL 1 DAY"), "(2, 1, 'a')"),
    (desired(SAME, constraints=[POSITIVE]), "(2, -1, 'a')"),
    (desired("id Int64; amount Nullable(Int16); kind String"), "(2, 70000, 'a')"),
    (WITH_DEFAULT, "(2, NULL, 'a')"),
]


@pytest.mark.parametrize(("table", "row"), PROVED_ON_ROWS)
def test_what_only_rows_of_the_other_shard_break_is_blocked(orders, front, table, row):
    front.hosts[0].rows(f"TRUNCATE TABLE {orders.database}.orders")
    before = orders.plan_result(table).plan
    front.hosts[1].rows(f"INSERT INTO {orders.database}.orders VALUES {row}")

    plan = orders.plan_result(table).plan

    assert {step.verdict.name for step in before.steps} == {"APPLY"}
    assert "BLOCK" in {step.verdict.name for step in plan.steps}


@pytest.mark.parametrize("table", [table for table, _ in PROVED_ON_ROWS])
def test_nothing_is_proved_while_a_host_is_down(orders, front, table):
    front.hosts[1].is_down = True

    plan = orders.plan_result(table).plan

    assert "BLOCK" in {step.verdict.name for step in plan.steps}
    assert any(
        note.startswith("b:9000 of the cluster main can't be reached") for note in plan.notes
    )
