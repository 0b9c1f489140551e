"""The job that clones an environment for a branch, and its schedule."""

import dagster as dg
from orchestration.shop import failures
from scenarios.database import declared

from moose_dagster import Environment, Project
from moose_dagster.orchestration import DefinitionsSettings, build_definitions

ENVIRONMENTS = [Environment("prod"), Environment("pr-*", database_suffix="_{name}")]


def definitions_of(shop, **settings) -> dg.Definitions:
    project = Project(
        "tests",
        [declared("orders", "id Int64")],
        database=shop.db.database,
        environments=ENVIRONMENTS,
    )
    return build_definitions(
        project,
        environment="prod",
        clickhouse=shop.clickhouse,
        settings=DefinitionsSettings(**settings),
    )


def cloned(shop, definitions: dg.Definitions, *, fails: bool = False, **config):
    run_config = {"ops": {"clone": {"config": config}}}
    result = definitions.resolve_job_def("moose_clone").execute_in_process(
        instance=shop.instance, run_config=run_config, raise_on_error=False
    )
    assert result.success is not fails, failures(result)
    return result


def databases(shop) -> list[str]:
    rows = shop.db.rows(
        f"SELECT name FROM system.databases WHERE startsWith(name, '{shop.db.database}') "
        "ORDER BY name"
    )
    return [name for (name,) in rows]


def test_the_job_makes_a_clone_and_drops_it(shop):
    definitions = definitions_of(shop)
    shop.reconcile(definitions, dry_run=False)
    shop.db.raw("INSERT INTO shop.orders VALUES (1)")

    cloned(shop, definitions, environment="pr-5", rows=True)
    new = f"{shop.db.database}_pr_5"
    rows = shop.db.value(f"SELECT count() FROM {new}.orders")
    cloned(shop, definitions, environment="pr-5", drop=True)

    assert rows == 1
    assert databases(shop) == [shop.db.database]


def test_the_schedule_drops_what_is_old(shop):
    definitions = definitions_of(shop, clone_days=0)
    shop.reconcile(definitions, dry_run=False)
    cloned(shop, definitions, environment="pr/6")
    schedule = definitions.get_repository_def().get_schedule_def("moose_clone_schedule")
    (request,) = schedule.evaluate_tick(dg.build_schedule_context()).run_requests or ()

    cloned(shop, definitions, older_than_days=1)
    young = databases(shop)
    cloned(shop, definitions, **request.run_config["ops"]["clone"]["config"])

    assert young == [shop.db.database, f"{shop.db.database}_pr_6"]
    assert databases(shop) == [shop.db.database]


def test_an_environment_is_needed(shop):
    result = cloned(shop, definitions_of(shop), fails=True)

    assert "environment: name the one" in failures(result)


def test_without_an_environment_for_branches_there_is_no_such_job(shop):
    jobs = shop.definitions(declared("orders", "id Int64")).get_repository_def().job_names

    assert "moose_clone" not in jobs
