"""The names of the package: imported when they are asked for, and the same in every way."""

import ast
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import moose_dagster
from moose_dagster.public_names import MODULE_OF

SOURCE = ast.parse(Path(moose_dagster.__file__).read_text())
HEAVY = ("clickhouse_connect", "confluent_kafka", "dagster", "rich")


def loaded_by(code):
    """Return the modules that a new Python has imported after *code*."""
    shown = "import json, sys; json.dump(sorted(sys.modules), sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}\n{shown}"], capture_output=True, check=True, timeout=60
    )
    return json.loads(ended.stderr)


def test_every_public_name_is_there():
    assert set(moose_dagster.__all__) <= set(dir(moose_dagster))
    assert [name for name in moose_dagster.__all__ if not hasattr(moose_dagster, name)] == []


def test_a_star_import_binds_every_public_name():
    loaded_by(
        "from moose_dagster import *\nimport moose_dagster\n"
        "assert [name for name in moose_dagster.__all__ if name not in globals()] == []"
    )


def test_type_checkers_see_what_is_imported():
    imports = [node for node in ast.walk(SOURCE) if isinstance(node, ast.ImportFrom)]
    seen = {name.name: node.module for node in imports for name in node.names}

    public = {name: module for name, module in seen.items() if name in moose_dagster.__all__}
    assert public == MODULE_OF
    assert set(MODULE_OF) == set(moose_dagster.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'moose_dagster' has no attribute 'OlapTabel'"):
        _ = moose_dagster.OlapTabel


def test_no_module_of_the_package_hides_a_public_name():
    modules = {module.name for module in pkgutil.iter_modules(moose_dagster.__path__)}

    assert modules & set(moose_dagster.__all__) == set()


@pytest.mark.parametrize(
    "code",
    [
        "import moose_dagster.reconciliation.run\nfrom moose_dagster import reconcile",
        "from moose_dagster import reconcile\nimport moose_dagster.reconciliation.run",
        "from moose_dagster import Project, plan_for, reconcile",
        "from moose_dagster import *",
    ],
)
def test_reconcile_is_the_function_in_every_order_of_imports(code):
    loaded_by(f"{code}\nassert reconcile.__code__.co_name == 'reconcile'")


def test_the_package_alone_loads_nothing():
    loaded = loaded_by("import moose_dagster")

    assert [name for name in loaded if name.startswith("moose_dagster.")] == [
        "moose_dagster.public_names"
    ]
    assert {"pydantic", "typer", "importlib.metadata", *HEAVY} & set(loaded) == set()


def test_a_declaration_loads_no_client_and_no_dagster():
    loaded = loaded_by(
        "from moose_dagster import IngestPipeline, Key, LifeCycle, OlapTable, Stream"
    )

    assert set(HEAVY) & set(loaded) == set()


def test_the_embedded_servers_load_nothing_of_the_rest():
    loaded = loaded_by("import moose_dagster.embedded.__main__, moose_dagster.embedded.running")

    assert {"pydantic", *HEAVY} & set(loaded) == set()


def test_the_list_of_commands_loads_none_of_them():
    code = "import sys; sys.argv = ['moose-dagster', '--help']\nfrom moose_dagster.cli import main"

    loaded = loaded_by(f"{code}\ntry: main()\nexcept SystemExit as end: assert end.code == 0")

    assert {"clickhouse_connect", "confluent_kafka", "dagster", "pydantic"} & set(loaded) == set()
    assert "moose_dagster.reconciliation" not in loaded
