"""The component: the same definitions from a file."""

from dataclasses import replace

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from pydantic import BaseModel

import example_project.definitions
import example_project.with_dg
from moose_dagster import Key, LifeCycle, OlapTable, Project
from moose_dagster.errors import MooseDagsterError
from moose_dagster.orchestration import (
    ClickHouseResource,
    DriftChecks,
    MooseDagsterComponent,
    on_deploy,
)

_SECRET = "n0t-f0r-the-UI"
SERVER = {
    "host": "{{ env.MOOSE_HOST }}",
    "port": "{{ env.MOOSE_PORT }}",
    "password": "{{env.MOOSE_PASSWORD}}",
}


class Order(BaseModel):
    order_id: Key[int]


orders = OlapTable[Order]("orders")
project = Project("shop", [orders], database="shop")


def definitions_of(component=MooseDagsterComponent, **attributes):
    loaded = component.from_attributes_dict(
        attributes={"project": f"{__name__}:project", **attributes}
    )
    return loaded.build_defs(dg.ComponentTree.for_test().load_context)


@pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition:DeprecationWarning")
def test_a_variable_is_neither_needed_nor_shown_while_definitions_load(monkeypatch):
    monkeypatch.delenv("MOOSE_HOST", raising=False)
    monkeypatch.setenv("MOOSE_PASSWORD", _SECRET)

    repository = definitions_of(clickhouse=SERVER).get_repository_def()

    assert _SECRET not in dg.serialize_value(RepositorySnap.from_def(repository))
    assert sorted(job.name for job in repository.get_all_jobs())[1:] == [
        "moose_abort",
        "moose_drift",
        "moose_purge",
        "moose_reconcile",
        "moose_restore",
    ]


def test_a_variable_is_read_when_a_run_connects(monkeypatch):
    monkeypatch.setenv("MOOSE_HOST", "clickhouse.example.com")
    monkeypatch.setenv("MOOSE_PORT", "8443")
    monkeypatch.setenv("MOOSE_PASSWORD", _SECRET)

    clickhouse = definitions_of(clickhouse={**SERVER, "secure": True, "trash_days": 3}).resources[
        "moose_clickhouse"
    ]

    read = clickhouse.resolved()
    assert (read.host, read.port, read.password) == ("clickhouse.example.com", 8443, _SECRET)
    assert (read.secure, read.trash_days) == (True, 3)


def test_without_a_server_the_resource_is_somebody_elses():
    loaded = definitions_of(settings={"clickhouse_key": "warehouse"})
    theirs = dg.Definitions(
        resources={"warehouse": ClickHouseResource(host="clickhouse.example.com")}
    )

    assert loaded.resources == {}
    dg.Definitions.validate_loadable(dg.Definitions.merge(loaded, theirs))


def test_a_subclass_says_what_an_asset_looks_like():
    class Owned(MooseDagsterComponent):
        def asset_spec_for(self, declared, spec):
            return spec.replace_attributes(owners=["team:shop"])

    (spec,) = definitions_of(Owned, clickhouse=SERVER).resolve_all_asset_specs()

    assert spec.owners == ["team:shop"]


def test_a_subclass_adds_what_a_file_can_not_say():
    class Patient(MooseDagsterComponent):
        def build_settings(self):
            return replace(super().build_settings(), automation_condition=on_deploy())

    loaded = definitions_of(Patient, clickhouse=SERVER, settings={"job_prefix": "web"})

    (spec,) = loaded.resolve_all_asset_specs()
    assert spec.automation_condition == on_deploy()
    assert "web_drift" in {job.name for job in loaded.get_repository_def().get_all_jobs()}


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (f"{__name__}:nothing", "the module has no such attribute; its projects are project"),
        (f"{__name__}:orders", "has the type OlapTable, not Project"),
        ("moose_dagster.life_cycle", "holds no Project"),
    ],
)
def test_a_project_that_is_not_there_is_named(named, message):
    with pytest.raises(MooseDagsterError, match=message):
        definitions_of(project=named)


def code_versions(definitions):
    return {spec.key: spec.code_version for spec in definitions.resolve_all_asset_specs()}


def test_the_example_is_the_same_both_ways():
    from_file = example_project.with_dg.defs()
    from_code = example_project.definitions.defs

    assert code_versions(from_file) == code_versions(from_code)
    assert from_file.resources == from_code.resources


def test_the_file_says_what_the_checks_make_of_a_difference():
    ignored = {"shop.orders": ["comment", "codec note"]}
    checks = {"blocking": False, "severity": {"FULLY_MANAGED": "ERROR"}, "ignored": ignored}

    component = MooseDagsterComponent.from_attributes_dict(
        attributes={"project": f"{__name__}:project", "settings": {"checks": checks}}
    )

    assert component.build_settings().checks == DriftChecks(
        blocking=False,
        severity={LifeCycle.FULLY_MANAGED: dg.AssetCheckSeverity.ERROR},
        ignored=ignored,
    )
