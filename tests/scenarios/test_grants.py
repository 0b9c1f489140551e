"""The printed grants suffice for everything a project does, and forbid the rest."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import (
    Dictionary,
    MaterializedView,
    MaterializedViewOptions,
    Options,
    Project,
    RenamedFrom,
    ServerError,
    View,
    ViewConfig,
    plan_for,
    reconcile,
)
from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.declare.grants import grant_inputs
from moose_dagster.embedded import running
from moose_dagster.plan.grants import grants_for, optional_grants_for

pytestmark = pytest.mark.requires("26.9", "the embedded engine reads its users from no file")
_USERS = """<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default>
<password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
<grants>{}</grants></default></users></clickhouse>"""
# What the embedded server itself does when it starts.
_START = ("GRANT DROP DATABASE ON _files.*", "GRANT SELECT ON default.*")
_DENIED = 497
OPTIONS = Options(prune=True, adopt=True, allow_mass_removal=True)


@contextmanager
def limited(folder: Path, grants: Sequence[str]) -> Iterator[ConnectedClickHouse]:
    """Serve *folder* with a user who may do what *grants* say and nothing else."""
    users = folder / "users.xml"
    queries = "".join(
        f"<query>{escape(grant.rpartition(' TO ')[0] or grant)}</query>"
        for grant in (*_START, *grants)
    )
    users.write_text(_USERS.format(queries))
    (folder / "conf.d").mkdir(exist_ok=True)
    config = f"<clickhouse><users_config>{users}</users_config></clickhouse>"
    (folder / "conf.d" / "users.xml").write_text(config)
    with served(folder) as clickhouse:
        yield clickhouse


@contextmanager
def served(folder: Path) -> Iterator[ConnectedClickHouse]:
    with (
        running(folder) as servers,
        connect(ClickHouseAddress.from_url(servers.clickhouse_url)) as clickhouse,
    ):
        yield clickhouse


def shop(*resources):
    return Project("grants", resources, database="shop")


def granted(*projects):
    """Return the grants of *projects* as statements."""
    inputs = [
        grant_inputs(project, OPTIONS.ledger_database, OPTIONS.trash_database)
        for project in projects
    ]
    return [grant.statement("deploy") for one in inputs for grant in grants_for(one)]


def done(project, clickhouse):
    outcome = reconcile(project, clickhouse, OPTIONS)
    assert [result.error for result in outcome.failures] == []
    assert outcome.unfinished == ()
    return outcome


EXTERNAL = declared("external", "id Int64", EM)
CUSTOMERS = declared("customers", "id Int64; name String", DP)
ORDERS = declared("orders", "id Int64; day Date; v Int64; gone String", FM)


def test_they_suffice_for_everything_that_is_done_to_tables(tmp_path):
    before = shop(
        ORDERS, CUSTOMERS, EXTERNAL, declared("kept", "id Int64"), declared("dropped", "id Int64")
    )
    altered = shop(
        declared(
            "orders",
            "id Int64; day Date; v Int32; more String",
            FM,
            settings={"merge_max_block_size": "4096"},
        ),
        declared(
            "clients",
            "id Int64; name Nullable(String); more String",
            DP,
            renamed_from="customers",
            comment="c",
        ),
        declared("kept", "id Int64; x Int8"),
        EXTERNAL,
    )
    rebuilt = shop(
        declared(
            "orders", "id Int64; day Date; v Int32; more String", FM, order_by_fields=["day", "id"]
        ),
        declared("clients", "id Int64; name Nullable(String); more String", DP, comment="d"),
        declared("kept", "id Int64; x Int8"),
        EXTERNAL,
    )
    with served(tmp_path) as admin:
        admin.command("CREATE DATABASE shop")
        admin.command(
            "CREATE TABLE shop.external (id Int64, more String) ENGINE = MergeTree ORDER BY id"
        )
    with limited(tmp_path, granted(before, altered, rebuilt)) as clickhouse:
        done(before, clickhouse)
        clickhouse.command(
            "INSERT INTO shop.orders SELECT number, '2026-01-01', number, 'x' FROM numbers(1000)"
        )
        done(altered, clickhouse)
        outcome = done(rebuilt, clickhouse)

        assert [result.action.route.value for result in outcome.results] == ["ALTER", "REBUILD"]
        assert clickhouse.query("SELECT sum(v) FROM shop.orders")[0][0] == 499_500
        assert [
            step.verdict.value for step in plan_for(rebuilt, clickhouse, OPTIONS).plan.steps
        ] == ["DRIFT"]


SIZED = declared("sized", "id Int64; v Int64", DP)
NARROWED = declared("sized", "id Int64; v Int8; more String", DP)
RENAMED = declared("sized", "id Int64; w Int64; more String", DP)
RENAMED.model.model_fields["w"].metadata.append(RenamedFrom("v"))


@pytest.mark.parametrize("changed", [NARROWED, RENAMED], ids=["proved", "renamed"])
def test_what_is_made_on_a_clone_is_blocked_until_tables_may_be_exchanged(tmp_path, changed):
    with served(tmp_path) as admin:
        admin.command("CREATE DATABASE shop")
    with limited(tmp_path, granted(shop(SIZED))) as clickhouse:
        done(shop(SIZED), clickhouse)

        outcome = done(shop(changed), clickhouse)

        (blocked,) = outcome.after.plan.steps
        assert "GRANT DROP TABLE, INSERT ON `shop`.`sized` TO `default`" in blocked.reason
    optional = [
        grant.statement("deploy")
        for grant in optional_grants_for(grant_inputs(shop(SIZED), "moose_dagster", ""))
    ]
    assert optional == [
        "GRANT CREATE ARBITRARY TEMPORARY TABLE ON *.* TO `deploy`",
        "GRANT DROP TABLE, INSERT ON `shop`.`sized` TO `deploy`",
    ]
    with limited(tmp_path, [*granted(shop(SIZED)), *optional]) as clickhouse:
        assert done(shop(changed), clickhouse).after.plan.steps == ()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE shop.customers",
        "TRUNCATE TABLE shop.customers",
        "RENAME TABLE shop.customers TO shop.orders2",
        "EXCHANGE TABLES shop.customers AND shop.orders",
        "ALTER TABLE shop.customers DROP COLUMN name",
        "ALTER TABLE shop.customers CLEAR COLUMN name",
        "ALTER TABLE shop.customers DELETE WHERE 1",
        "ALTER TABLE shop.customers DROP PARTITION tuple()",
        "INSERT INTO shop.customers VALUES (1, '')",
        "SELECT * FROM shop.external",
        "INSERT INTO shop.external VALUES (1)",
        "ALTER TABLE shop.external ADD COLUMN x Int8",
        "DROP TABLE shop.external",
        "SELECT * FROM shop.unmanaged",
        "CREATE TABLE shop.another (id Int64) ENGINE = MergeTree ORDER BY id",
        "DROP DATABASE shop",
        "CREATE DATABASE another",
    ],
)
def test_what_no_life_cycle_allows_is_refused_by_the_server(guarded, statement):
    with pytest.raises(ServerError) as refused:
        guarded.command(statement)

    assert refused.value.code == _DENIED


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A connection to a shop that is all there, of a user with its grants."""
    folder = tmp_path_factory.mktemp("guarded")
    project = shop(ORDERS, CUSTOMERS, EXTERNAL)
    with served(folder) as admin:
        admin.command("CREATE DATABASE shop")
        for name in ("external", "unmanaged"):
            admin.command(f"CREATE TABLE shop.{name} (id Int64) ENGINE = MergeTree ORDER BY id")
        done(project, admin)
    with limited(folder, granted(project)) as clickhouse:
        yield clickhouse


def test_an_external_project_can_be_checked_and_nothing_else(tmp_path):
    with served(tmp_path) as admin:
        admin.command("CREATE DATABASE shop")
        admin.command(
            "CREATE TABLE shop.external (id Int64, more String) ENGINE = MergeTree ORDER BY id"
        )
    with limited(tmp_path, granted(shop(EXTERNAL))) as clickhouse:
        plan = plan_for(shop(EXTERNAL), clickhouse, OPTIONS).plan

        assert [step.reason.partition(" (")[0] for step in plan.steps] == [
            "shop.external.more: column is String, the code says"
        ]
        with pytest.raises(ServerError, match="Not enough privileges"):
            clickhouse.query("SELECT id FROM shop.external")


def views(life_cycle, query="id"):
    """Return a project of every kind of view under *life_cycle*."""
    config = ViewConfig(life_cycle=life_cycle)
    source, target = declared("source", "id Int64", FM), declared("target", "id Int64", FM)
    filling = MaterializedViewOptions(
        materialized_view_name="filling",
        select_statement=f"SELECT {query} AS id FROM source",
        select_tables=[source],
        target_table=target,
        life_cycle=life_cycle,
    )
    words = "(id Int64) PRIMARY KEY id SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)"
    return shop(
        source,
        target,
        View("plain", f"SELECT {query} AS one FROM source", [source], config),
        MaterializedView(filling),
        Dictionary(
            "words",
            words if query == "id" else words.replace("LIFETIME(0)", "LIFETIME(60)"),
            config=config,
        ),
    )


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_they_suffice_for_views(tmp_path, life_cycle):
    with limited(tmp_path, granted(views(life_cycle))) as clickhouse:
        assert len(done(views(life_cycle), clickhouse).results) == 5
        clickhouse.command("INSERT INTO shop.source VALUES (1)")

        assert len(done(views(life_cycle, "id + 1"), clickhouse).results) == 3

        assert plan_for(views(life_cycle, "id + 1"), clickhouse, OPTIONS).plan.steps == ()
        if life_cycle is DP:
            with pytest.raises(ServerError, match="Not enough privileges"):
                clickhouse.command("DROP VIEW shop.filling")
