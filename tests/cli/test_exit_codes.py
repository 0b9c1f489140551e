"""What each command says and with which exit code it ends."""

import re


def test_plan_ends_with_2_where_there_are_changes(desk):
    result = desk.run("plan", code=2)

    assert f"{desk.database}.orders (FULLY_MANAGED)" in result.stdout
    assert "+   create table" in result.stdout
    assert "1 change to apply, 0 blocked, 0 drifted" in result.stdout


def test_plan_writes_nothing(desk):
    desk.run("plan", code=2)

    assert not desk.clickhouse.query(
        f"SELECT 1 FROM system.databases WHERE name LIKE '%{desk.suffix}'"
    )


def test_plan_ends_with_0_where_there_is_nothing_to_do(desk):
    desk.table("note String")

    assert "no changes" in desk.run("plan", code=0).stdout


def test_plan_ends_with_3_where_something_is_blocked(desk):
    desk.table("note String, extra String")
    desk.declare("note: str", "DELETION_PROTECTED")

    assert "!   drop column extra" in desk.run("plan", code=3).stdout


def test_plan_ends_with_3_where_something_drifted(desk):
    desk.table("note String, extra String")
    desk.declare("note: str", "EXTERNALLY_MANAGED")

    assert "?   column extra is String" in desk.run("plan", code=3).stdout


def test_plan_ends_with_2_where_something_is_blocked_beside_changes(desk):
    desk.table("extra UInt8")
    desk.declare("note: str", "DELETION_PROTECTED")

    desk.run("plan", code=2)


def test_apply_ends_with_0_where_everything_was_applied(desk):
    result = desk.run("apply", "--yes", code=0)

    assert f"ok CREATE {desk.database}.orders" in result.stdout
    desk.run("plan", code=0)


def test_apply_with_nothing_to_do_asks_nothing(desk):
    desk.table("note String")

    desk.run("apply", code=0)


def test_apply_ends_with_3_where_something_stays_blocked(desk):
    desk.table("extra UInt8")
    desk.declare("note: str", "DELETION_PROTECTED")

    result = desk.run("apply", "--yes", code=3)

    assert "left: 0 changes to apply, 1 blocked" in result.stdout


def test_apply_ends_with_1_where_a_change_failed(desk):
    desk.table("note String")
    # The plan can't know whether the dictionary is made by then.
    default = "dictGetString('no_such_dictionary', 'a', toUInt64(1))"
    desk.declare(f'note: str; more: Annotated[str, clickhouse_default("{default}")]')

    result = desk.run("apply", "--yes", code=1)

    assert f"failed ALTER {desk.database}.orders" in result.stdout


def test_apply_refuses_without_a_terminal(desk):
    result = desk.run("apply", code=1, answer="y\n")

    assert "no terminal to ask; add --yes" in result.stderr
    desk.run("plan", code=2)


def test_apply_refuses_another_plan_than_the_named_one(desk):
    result = desk.run("apply", "--yes", "--plan", "0123456789abcdef", code=1)

    assert "nothing of it was sent" in result.stderr
    desk.run("plan", code=2)


def test_apply_takes_the_plan_that_was_looked_at(desk):
    fingerprint = desk.json("plan", code=2)["plan"]["fingerprint"]

    desk.run("apply", "--yes", "--plan", fingerprint, code=0)


def test_what_waits_for_an_approval_is_applied_with_it(desk):
    desk.run("apply", "--yes", code=0)
    desk.declare("other: str")
    asks_for_approval(desk)

    waiting = desk.json("apply", "--yes", code=3)
    (step,) = waiting["left"]["plan"]["steps"]
    approval = re.search(r"waits for the approval (\w+)", step["reason"])[1]

    assert (
        "no step waits for the approval"
        in desk.run("apply", "--yes", "--approve", "0123456789abcdef", code=1).stderr
    )
    desk.run("apply", "--yes", "--approve", approval, code=0)


def asks_for_approval(desk):
    for path in desk.folder.glob("*.py"):
        path.write_text(path.read_text().replace('database="', 'approval=True, database="'))


def test_check_ends_with_0_where_all_is_as_declared(desk):
    desk.table("note String")

    assert f"ok      {desk.database}.orders" in desk.run("check", code=0).stdout


def test_check_names_views_among_what_it_compared(desk):
    desk.table("note String")
    desk.clickhouse.command(
        f"CREATE VIEW {desk.database}.latest AS SELECT id FROM {desk.database}.orders"
    )
    path = desk.folder / "shop.py"
    text = path.read_text().replace(
        "[orders]", '[orders, View("latest", "SELECT id FROM orders", [orders])]'
    )
    path.write_text(text.replace("import Key,", "import View, Key,"))

    result = desk.run("check", code=0)

    assert f"ok      {desk.database}.latest" in result.stdout
    assert "2 compared, 0 differ." in result.stdout


def test_check_ends_with_3_where_something_differs_and_writes_nothing(desk):
    desk.table("")

    result = desk.run("check", code=3)

    assert f"differs {desk.database}.orders" in result.stdout
    assert "column note is not there, the code says String" in result.stdout
    desk.run("check", code=3)


def test_a_wrong_command_line_ends_with_1(desk):
    assert "No such option" in desk.run("plan", "--nonsense", code=1).stderr
    assert "No such command" in desk.run("nonsense", code=1).stderr


def test_prune_drops_what_left_the_code(desk):
    desk.declare("note: str", topic=True)
    desk.run("apply", "--yes", code=0)
    desk.declare("note: str")
    desk.write((desk.folder / "shop.py").read_text().replace('("orders"', '("sales"'))

    left = desk.run("apply", "--yes", code=3)
    desk.run("apply", "--yes", "--prune", code=3)
    desk.run("apply", "--yes", "--prune", "--allow-mass-removal", code=0)

    assert "it left the code" in left.stdout
    assert desk.clickhouse.query(
        f"SELECT count() FROM system.tables WHERE database = 'trash_{desk.suffix}'"
    ) == [(1,)]
