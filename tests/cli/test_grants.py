"""The rights that are printed, without any server."""


def test_they_are_statements_a_client_can_run(desk):
    desk.declare("note: str", "DELETION_PROTECTED", topic=True)
    desk.environment |= {"MOOSE_DAGSTER_CLICKHOUSE": "", "MOOSE_DAGSTER_KAFKA": ""}

    shown = desk.run("grants", "--to", "deploy", code=0).stdout.splitlines()

    assert f"-- `{desk.database}`.`orders`: DELETION_PROTECTED" in shown
    statements = [line for line in shown if line.startswith("GRANT ")]
    assert all(line.endswith(" TO `deploy`;") for line in statements)
    assert any(f"ON `ledger_{desk.suffix}`.*" in line for line in statements)
    assert not any("DROP" in line for line in statements if f"`{desk.database}`.`orders`" in line)
    assert shown[-1].endswith(
        "--allow-principal 'User:deploy' --operation Describe --operation "
        "DescribeConfigs --operation Create "
        f"--operation Alter --operation AlterConfigs --operation Delete --topic '{desk.topic}'"
    )


def test_they_are_data_as_well(desk):
    printed = desk.json("grants", "--principal", "User:kafka", code=0)

    assert printed["project"] == f"desk-{desk.suffix}"
    assert printed["acls"] == []
    table = next(
        grant for grant in printed["grants"] if grant["on"] == f"`{desk.database}`.`orders`"
    )
    assert "DROP TABLE" in table["privileges"]
    assert table["what_for"] == "FULLY_MANAGED"
    assert table["statement"].endswith("TO `moose_dagster`")
