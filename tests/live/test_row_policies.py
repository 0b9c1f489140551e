"""Rows that a row policy hides: nothing is decided or copied as if they did not exist."""

import pytest
from scenarios.database import DP, FM, declared

from moose_dagster import Options, Project, plan_for, reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.embedded import running
from moose_dagster.plan.policy import Verdict

_USERS = """<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default>
<password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
<databases><shop><orders><filter>id &lt; 5</filter></orders></shop></databases>
</default></users></clickhouse>"""
COLUMNS = "id Int64; v Int64"


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory, server_version):
    """A connection that sees 5 of 10 rows of shop.orders; the others do not fit a smaller type."""
    if server_version < (26, 9):
        pytest.skip("before ClickHouse 26.9 the embedded engine reads its users from no file")
    folder = tmp_path_factory.mktemp("policies")
    with (
        running(folder) as servers,
        connect(ClickHouseAddress.from_url(servers.clickhouse_url)) as admin,
    ):
        admin.command("CREATE DATABASE shop")
        reconcile(Project("shop", [declared("orders", COLUMNS)], database="shop"), admin)
        admin.command(
            "INSERT INTO shop.orders SELECT number, if(number < 5, 1, 1000) FROM numbers(10)"
        )
    (folder / "users.xml").write_text(_USERS)
    (folder / "conf.d").mkdir(exist_ok=True)
    (folder / "conf.d" / "users.xml").write_text(
        f"<clickhouse><users_config>{folder / 'users.xml'}</users_config></clickhouse>"
    )
    with (
        running(folder) as servers,
        connect(ClickHouseAddress.from_url(servers.clickhouse_url)) as limited,
    ):
        assert limited.query("SELECT count() FROM shop.orders")[0][0] == 5
        yield limited


@pytest.mark.parametrize("life_cycle", [DP, FM])
def test_nothing_is_proved_of_rows_that_are_hidden(clickhouse, life_cycle):
    narrower = Project(
        "shop", [declared("orders", "id Int64; v Int8", life_cycle)], database="shop"
    )

    (step,) = plan_for(narrower, clickhouse).plan.steps

    assert step.verdict is Verdict.BLOCK
    assert "5 rows of the table are hidden from this user by a row policy" in step.reason


def test_a_table_with_hidden_rows_is_not_rebuilt(clickhouse):
    resorted = Project(
        "shop", [declared("orders", COLUMNS, order_by_fields=["v", "id"])], database="shop"
    )

    outcome = reconcile(resorted, clickhouse, Options())

    assert (
        "5 rows of the table are hidden from this user by a row policy" in outcome.failures[0].error
    )
    assert clickhouse.query(
        "SELECT sum(rows) FROM system.parts WHERE active AND database = 'shop'"
    ) == [(10,)]
