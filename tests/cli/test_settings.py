"""Where the project and its servers come from, and what is said when they don't."""

import sys

import pytest

from moose_dagster import Options
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.reconciliation.server_settings import options_of

DEFINITIONS = """
import dagster as dg
from shop import project
from moose_dagster.orchestration import ClickHouseResource, KafkaResource, build_definitions

clickhouse = ClickHouseResource(
    host=dg.EnvVar("SHOP_HOST"), port=dg.EnvVar.int("SHOP_PORT"), ledger_database="{ledger}"
)
{defs}
"""
DEFS = "defs = build_definitions(project, clickhouse=clickhouse)\n"
LAZY = (
    "@dg.definitions\ndef defs():\n    return build_definitions(project, clickhouse=clickhouse)\n"
)


@pytest.fixture
def shop_module(desk):
    """The desk, whose shop.py is importable under that name in this test alone."""
    sys.path.insert(0, str(desk.folder))
    sys.modules.pop("shop", None)
    yield desk
    sys.modules.pop("shop", None)


def test_a_module_an_attribute_and_a_file_are_a_project(shop_module):
    for reference in ("shop", "shop:project", "shop.py", "./shop.py"):
        shop_module.run("plan", reference, code=2)


def test_a_file_in_a_package_keeps_its_relative_imports(desk):
    package = desk.folder / f"package_{desk.suffix}"
    package.mkdir()
    (package / "__init__.py").touch()
    (desk.folder / "shop.py").rename(package / "shop.py")
    (package / "main.py").write_text("from .shop import project\n")

    desk.run("plan", f"package_{desk.suffix}/main.py", code=2)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("no_such_module", "no_such_module: there is no module no_such_module in "),
        ("moose_dagster.nonsense", "there is no module moose_dagster.nonsense in "),
        ("nowhere.py", "nowhere.py: this file does not exist."),
        ("shop.py:nothing", "the module has no such attribute; its projects are project."),
        (
            "shop.py:orders",
            "shop.py:orders has the type OlapTable, not Project; its projects are project.",
        ),
        (
            "empty.py",
            (
                "empty.py holds no Project. Give it one under a name: project = "
                'Project("name", [...]).'
            ),
        ),
        ("tables.py", "tables.py holds no Project, only OlapTable. Give it one"),
        (
            "inline.py",
            (
                "inline.py holds Dagster definitions and no Project under a name of its "
                "own; write project ="
            ),
        ),
        ("two.py", "two.py holds 2 projects, one, two: name one, such as two.py:one."),
        ("syntax.py", "line 2: "),
        ("raises.py", "raises.py, line 3: ValueError: no luck"),
        ("imports.py", "ModuleNotFoundError: No module named 'nonsense'"),
        ("declares.py", "1 fault in the declarations:"),
        (
            "ends.py",
            "ends.py, line 2: SystemExit: it ends the program with exit code 0.",
        ),
        (".", ". is not a module; name package.module or a file that ends in .py."),
    ],
)
def test_a_wrong_project_is_one_clear_message(desk, reference, message):
    files = {
        "empty.py": "",
        "tables.py": (desk.folder / "shop.py").read_text().partition("project = ")[0],
        "inline.py": (
            "from moose_dagster import Project\nfrom moose_dagster.orchestration "
            "import build_definitions\n"
            "defs = build_definitions(Project('one', []))\n"
        ),
        "two.py": (
            "from moose_dagster import Project\none = Project('one', [])\ntwo = "
            "Project('two', [])\n"
        ),
        "syntax.py": "\nx = = 1\n",
        "raises.py": "\n\nraise ValueError('no luck')\n",
        "imports.py": "import nonsense\n",
        "ends.py": "import sys\nsys.exit(0)\n",
        "declares.py": "from moose_dagster import Project\nproject = Project('a b', [])\n",
    }
    for name, text in files.items():
        (desk.folder / name).write_text(text)

    result = desk.run("plan", reference, code=1)

    assert message in result.stderr
    assert result.stdout == ""


def test_without_a_project_it_says_how_to_name_one(desk):
    desk.defaults()

    assert "no project is given" in desk.run("plan", code=1).stderr


def test_without_a_server_it_says_how_to_name_one(desk):
    del desk.environment["MOOSE_DAGSTER_CLICKHOUSE"]

    assert "give --clickhouse, set MOOSE_DAGSTER_CLICKHOUSE" in desk.run("plan", code=1).stderr


def test_a_server_may_stand_in_pyproject(desk):
    desk.defaults(project="shop.py", clickhouse=desk.environment.pop("MOOSE_DAGSTER_CLICKHOUSE"))

    desk.run("plan", code=2)


def test_an_option_goes_before_the_environment(desk):
    url = desk.environment["MOOSE_DAGSTER_CLICKHOUSE"]
    desk.environment["MOOSE_DAGSTER_CLICKHOUSE"] = "http://127.0.0.1:1"

    desk.run("plan", "--clickhouse", url, code=2)


def test_a_wrong_key_in_pyproject_is_named(desk):
    desk.defaults(projekt="shop.py")

    assert "projekt: there is no such key; did you mean project?" in desk.run("plan", code=1).stderr


def test_an_unreachable_server_is_one_clear_message(desk):
    result = desk.run("plan", "--clickhouse", "http://127.0.0.1:1", code=1)

    assert result.stderr.startswith("Error: ClickHouse did not answer at http://127.0.0.1:1: ")


def test_an_address_without_a_scheme_says_what_to_write(desk):
    result = desk.run("plan", "--clickhouse", "127.0.0.1:8123", code=1)

    assert (
        "the ClickHouse address has no scheme; write http(s)://user:password@host:port"
        in result.stderr
    )


def test_topics_go_on_while_clickhouse_is_away(desk):
    desk.declare("note: str", topic=True)

    result = desk.run("plan", "--clickhouse", "http://127.0.0.1:1", code=1)

    assert "ClickHouse did not answer" in result.stderr
    assert "create topic" in result.stdout


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2@127.0.0.1:1",
        "ftp://user:hunter2@host",
        "http://user:hun/ter2@host",
        "hunter2",
    ],
)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_password_is_never_printed(desk, url, more):
    result = desk.run("plan", "--clickhouse", url, *more, code=1)

    assert "hun" not in result.output


def test_the_password_comes_from_a_variable_of_its_own(desk):
    desk.environment["MOOSE_DAGSTER_CLICKHOUSE_PASSWORD"] = "hunter2"

    result = desk.run("plan", "--clickhouse", "http://127.0.0.1:1", code=1)

    assert "hunter2" not in result.output


@pytest.mark.parametrize("defs", [DEFS, LAZY])
def test_definitions_hold_project_and_servers(shop_module, clickhouse_url, defs):
    desk = shop_module
    del desk.environment["MOOSE_DAGSTER_CLICKHOUSE"]
    (desk.folder / "defs.py").write_text(
        DEFINITIONS.format(ledger=f"ledger_{desk.suffix}", defs=defs)
    )
    host, port = clickhouse_url.removeprefix("http://").split(":")

    unset = desk.run("plan", "defs.py", code=1)
    desk.environment |= {"SHOP_HOST": host, "SHOP_PORT": port}

    assert (
        "ClickHouseResource can't be used: set the environment variable SHOP_HOST and SHOP_PORT."
        in unset.stderr
    )
    desk.run("plan", "defs.py", code=2)
    desk.run("plan", "shop", "--definitions", "defs.py", code=2)


def test_a_selection_takes_names_and_patterns(desk):
    desk.declare("note: str", topic=True)

    for pattern in ("orders", f"{desk.database}.orders", "ord*"):
        steps = desk.json("plan", "--select", pattern, code=2)["plan"]["steps"]
        assert {step["resource"] for step in steps} == {f"{desk.database}.orders"}


def test_a_selection_of_nothing_names_what_there_is(desk):
    result = desk.run("plan", "--select", "nonsense", code=1)

    assert (
        f"--select nonsense matches nothing in desk-{desk.suffix}. "
        f"Declared: {desk.database}.orders." in result.stderr
    )


def test_what_is_set_beside_a_server_reaches_the_run(desk):
    numbers = {
        "trash_days": 3.5,
        "proof_budget_bytes": 10,
        "rebuild_bytes_per_second": 1000,
        "lock_lease": 20.0,
    }
    lines = [
        "[tool.moose_dagster]",
        'ledger_database = "l"',
        'trash_database = "t"',
        "samples = false",
    ]
    lines += [f"{name} = {value}" for name, value in numbers.items()]
    (desk.folder / "pyproject.toml").write_text("\n".join(lines))

    server = ProjectOptions(project="shop.py", clickhouse="http://127.0.0.1:1").load().clickhouse

    assert server is not None
    assert options_of(server) == Options(
        ledger_database="l", trash_database="t", samples=False, **numbers
    )


def test_a_lock_that_never_holds_is_refused(desk):
    (desk.folder / "pyproject.toml").write_text("[tool.moose_dagster]\nlock_lease = 0")

    assert (
        "lock_lease: Input should be greater than 0" in desk.run("plan", "shop.py", code=1).stderr
    )


def test_the_last_topic_that_left_the_code_is_still_looked_at(desk):
    desk.declare("note: str", topic=True)
    desk.run("apply", "--yes", code=0)
    desk.declare("note: str")

    result = desk.run("plan", code=3)

    assert desk.topic in result.output
    assert "no Kafka is given" not in result.output


def test_a_dead_broker_does_not_matter_to_a_project_that_never_had_a_topic(desk):
    desk.run("plan", "--kafka", "127.0.0.1:9", code=2)
