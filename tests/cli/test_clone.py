"""`moose-dagster clone`."""

import pytest


@pytest.fixture
def shop(desk):
    desk.declare_in('Environment("prod")', 'Environment("pr-*", database_suffix="_{name}")')
    desk.run("apply", "--environment", "prod", "--yes", code=0)
    desk.clickhouse.command(f"INSERT INTO {desk.database}.orders VALUES (1)")
    return desk


def count(shop, database: str) -> int:
    return shop.clickhouse.query(f"SELECT count() FROM {database}.orders")[0][0]


def databases(shop) -> list[str]:
    rows = shop.clickhouse.query(
        f"SELECT name FROM system.databases WHERE startsWith(name, '{shop.database}') ORDER BY name"
    )
    return [name for (name,) in rows]


def test_a_clone_is_made_used_and_dropped(shop):
    new = f"{shop.database}_pr_123"
    printed = shop.json("clone", "--environment", "pr-123", "--from", "prod", "--rows", code=0)

    assert printed["with_rows"] == [f"{new}.orders"]
    assert count(shop, new) == 1
    shop.run("plan", "--environment", "pr-123", code=0)
    shop.run("clone", "--environment", "pr-123", "--from", "prod", "--drop", "--yes", code=0)
    assert databases(shop) == [shop.database]
    assert count(shop, shop.database) == 1


def test_the_branch_names_the_environment_only_if_asked_for(shop, monkeypatch):
    monkeypatch.setenv("DAGSTER_CLOUD_GIT_BRANCH", "pr-7/Fix it")

    output = shop.run("clone", "--from", "prod", code=1).output
    shop.run("clone", "--from", "prod", "--branch", code=0)

    assert "--environment NAME, or --branch" in " ".join(output.split())
    assert databases(shop) == [shop.database, f"{shop.database}_pr_7_fix_it"]


def test_what_is_old_is_dropped(shop):
    shop.run("clone", "--environment", "pr-1", "--from", "prod", code=0)

    shop.run("clone", "--from", "prod", "--older-than", "1", "--yes", code=0)
    assert databases(shop) == [shop.database, f"{shop.database}_pr_1"]
    shop.run("clone", "--from", "prod", "--older-than", "0", "--yes", code=0)
    assert databases(shop) == [shop.database]


def test_an_environment_that_is_not_declared_is_refused(shop):
    output = " ".join(
        shop.run("clone", "--environment", "x", "--from", "prod", code=1).output.split()
    )

    assert "has no environment 'x'" in output
    assert databases(shop) == [shop.database]
