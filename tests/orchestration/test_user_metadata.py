"""What users add to an asset: in a declaration, or in one function over every spec."""

from typing import Any

import dagster as dg
import pytest
from pydantic import BaseModel

from moose_dagster import Key, OlapConfig, OlapTable, Project
from moose_dagster.orchestration import ClickHouseResource, build_definitions


class Order(BaseModel):
    order_id: Key[int]


def spec_of(table, **settings):
    project = Project("shop", [table], database="shop")
    definitions = build_definitions(
        project, clickhouse=ClickHouseResource(host="nowhere.invalid"), **settings
    )
    (spec,) = definitions.resolve_all_asset_specs()
    return spec


def test_owners_tags_and_group_come_from_the_declaration():
    metadata = {"owners": ["team:sales"], "tags": {"tier": "gold"}, "group": "sales"}

    spec = spec_of(OlapTable[Order]("orders", OlapConfig(metadata=metadata)))

    assert (list(spec.owners), spec.tags["tier"], spec.group_name) == (
        ["team:sales"],
        "gold",
        "sales",
    )


def test_everything_else_in_the_metadata_is_shown():
    metadata = {
        "description": "What was sold.",
        "runbook": "https://shop.example/orders",
        "rank": 1,
    }

    spec = spec_of(OlapTable[Order]("orders", OlapConfig(metadata=metadata)))

    assert spec.description == "What was sold."
    assert (spec.metadata["runbook"], spec.metadata["rank"]) == ("https://shop.example/orders", 1)


def test_metadata_never_hides_what_the_declaration_says():
    spec = spec_of(
        OlapTable[Order]("orders", OlapConfig(metadata={"moose_dagster/engine": "Null"}))
    )

    assert spec.metadata["moose_dagster/engine"] == "MergeTree"


@pytest.mark.parametrize(
    ("metadata", "what"),
    [
        ({"owners": 5}, "owners"),
        ({"owners": ["nobody"]}, "nobody"),
        ({"tags": ["gold"]}, "tags"),
        ({"tags": {"a tier!": "gold"}}, "a tier!"),
        ({"tags": {"tier": "gold" * 20}}, "tier"),
        ({"group": 7}, "group"),
        ({"group": "the shop"}, "the shop"),
        ({"description": 7}, "description"),
    ],
    ids=str,
)
def test_metadata_that_dagster_cannot_take_is_an_error_that_names_the_resource(metadata, what):
    with pytest.raises(ValueError, match=rf"shop\.orders: .*{what}"):
        spec_of(OlapTable[Order]("orders", OlapConfig(metadata=metadata)))


@pytest.mark.parametrize(
    ("override", "what"),
    [
        (lambda _table, _spec: None, "None"),
        (lambda _table, spec: spec.replace_attributes(group_name="the shop"), "the shop"),
    ],
)
def test_an_override_that_returns_no_valid_spec_is_an_error_that_names_the_resource(override, what):
    with pytest.raises(ValueError, match=rf"shop\.orders: asset_spec_for.* .*{what}"):
        spec_of(OlapTable[Order]("orders"), asset_spec_for=override)


def test_one_owner_needs_no_list():
    spec = spec_of(OlapTable[Order]("orders", OlapConfig(metadata={"owners": "team:sales"})))

    assert list(spec.owners) == ["team:sales"]


def test_one_function_overrides_any_spec():
    def louder(table: Any, spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(description=f"{table.name}!")

    assert spec_of(OlapTable[Order]("orders"), asset_spec_for=louder).description == "orders!"


def test_an_override_may_change_the_key():
    def renamed(_table: Any, spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(key="other")

    assert spec_of(OlapTable[Order]("orders"), asset_spec_for=renamed).key == dg.AssetKey("other")
