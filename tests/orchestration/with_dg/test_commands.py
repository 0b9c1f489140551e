"""The commands of `dg`, and `workspace.yaml`, on a platform with assets of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest
from click.testing import CliRunner
from dagster_dg_cli.cli import create_dg_cli
from scenarios.cluster import Cluster

PROJECT = Path(__file__).parent / "project"
COMPONENT = "moose_dagster.orchestration.MooseDagsterComponent"
pytestmark = pytest.mark.xdist_group("dg")


@pytest.fixture
def project(tmp_path):
    """The platform in a folder of its own."""
    return Path(
        shutil.copytree(
            PROJECT, tmp_path / "platform", ignore=shutil.ignore_patterns("__pycache__")
        )
    )


def run(project, *command, **variables):
    """Run a command of the virtual environment in the platform's folder, and return it ended."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            [str(project), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        **variables,
    }
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def listed(monkeypatch):
    """Return a function that lists what dg finds in the platform, in this process: it is faster."""
    monkeypatch.chdir(PROJECT)
    monkeypatch.syspath_prepend(PROJECT)
    loaded = set(sys.modules)

    def of(what):
        result = CliRunner().invoke(create_dg_cli(), ["list", what, "--json"], prog_name="dg")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    yield of
    for name in set(sys.modules) - loaded:
        if name.partition(".")[0] == "warehouse":
            del sys.modules[name]


def test_dg_lists_the_component(listed):
    found = listed("components")

    (ours,) = [one for one in found["items"] if one["key"] == COMPONENT]
    assert ours["summary"].startswith("Assets, drift checks, jobs and schedules")


def test_a_platform_with_a_component_is_valid():
    checked = run(PROJECT, "dg", "check", "defs", "--check-yaml").stdout

    assert "All component YAML validated successfully" in checked
    assert "All definitions loaded successfully" in checked


def test_dg_lists_ours_beside_the_platforms_own(listed):
    found = listed("defs")

    assets = {one["asset_key"]: one for one in found["assets"]}
    checks = {(one["asset_key"], one["name"]) for one in found["asset_checks"]}
    assert set(assets) == {
        "clickhouse/warehouse/orders",
        "clickhouse/warehouse/payments",
        "kafka/clicks",
        "daily_report",
        "finance/refunds",
    }
    assert assets["daily_report"]["dependency_keys"] == ["clickhouse/warehouse/orders"]
    assert re.fullmatch(r"warehouse/declarations\.py:\d+", assets["kafka/clicks"]["source"])
    assert ("clickhouse/warehouse/orders", "orders_are_fresh") in checks
    assert ("clickhouse/warehouse/payments", "schema_drift") in checks
    assert ("finance/refunds", "schema_drift") in checks
    assert {"moose_drift", "moose_reconcile"} <= {job["name"] for job in found["jobs"]}


def test_what_dg_scaffolds_is_valid(project):
    shutil.rmtree(project / "warehouse" / "defs" / "shop")

    run(project, "dg", "scaffold", "defs", COMPONENT, "web")

    assert "All definitions loaded successfully" in run(project, "dg", "check", "defs").stdout
    assert (
        "{{ env.CLICKHOUSE_PASSWORD }}"
        in (project / "warehouse" / "defs" / "web" / "defs.yaml").read_text()
    )


@pytest.fixture
def addresses(clickhouse_url, kafka_bootstrap_servers):
    """The environment that names the servers."""
    address = urlsplit(clickhouse_url)
    return {
        "CLICKHOUSE_HOST": str(address.hostname),
        "CLICKHOUSE_PORT": str(address.port),
        "CLICKHOUSE_USER": address.username or "default",
        "CLICKHOUSE_PASSWORD": address.password or "",
        "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap_servers,
    }


def test_the_impact_of_a_plan_names_the_platforms_own_assets(project, addresses, tmp_path):
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")

    run(
        project, "dg", "launch", "--job", "moose_reconcile", **addresses, DAGSTER_HOME=str(tmp_path)
    )

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        orders = dg.AssetKey(["clickhouse", "warehouse", "orders"])
        (observed,) = instance.fetch_observations(orders, limit=1).records
    (row,) = observed.asset_observation.metadata["impact"].value.records
    assert row.data["downstream"] == "daily_report"


def test_dg_launches_a_topic_of_the_component(project, addresses, cluster: Cluster):
    printed = run(project, "dg", "launch", "--assets", 'key:"kafka/clicks"', **addresses)

    assert "RUN_SUCCESS" in printed.stderr
    assert "clicks" in cluster.kafka.layouts().found


def test_a_workspace_file_loads_the_merged_definitions(project):
    # `dagster definitions validate` warns that `dg check defs` took its place, which reads no
    # workspace file.
    printed = run(project, "dagster", "definitions", "validate", "-w", "workspace.yaml")

    assert "Validation successful for code location warehouse.classic" in printed.stdout
