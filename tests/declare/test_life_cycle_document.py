"""The snippets of Moose's life-cycle page run with only the import changed."""

from datetime import datetime

from pydantic import BaseModel

from moose_dagster import Key, LifeCycle, OlapConfig, OlapTable, OlapTableConfig, Project


class UserData(BaseModel):
    id: str
    name: str
    email: str


user_table = OlapTable[UserData]("users")
explicit_table = OlapTable[UserData](
    "explicit_users", OlapTableConfig(order_by_fields=["id"], life_cycle=LifeCycle.FULLY_MANAGED)
)


class ExternalUserData(BaseModel):
    user_id: Key[str]
    full_name: str
    email_address: str
    created_at: datetime


legacy_user_table = OlapTable[ExternalUserData](
    "legacy_users", OlapConfig(life_cycle=LifeCycle.EXTERNALLY_MANAGED)
)


def test_the_tables_of_the_page_are_declared_with_their_life_cycles():
    project = Project("docs", [user_table, explicit_table, legacy_user_table])

    assert {
        table.name: life_cycle for table, life_cycle in project.desired.life_cycles.items()
    } == {
        "users": LifeCycle.FULLY_MANAGED,
        "explicit_users": LifeCycle.FULLY_MANAGED,
        "legacy_users": LifeCycle.EXTERNALLY_MANAGED,
    }
    assert OlapConfig is OlapTableConfig
