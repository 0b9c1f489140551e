"""The README says what the code does."""

import re
from pathlib import Path

import pytest

from moose_dagster.report.policy_table import policy_table

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text()
SNIPPETS = re.findall(r"<!-- runs: (\w+) -->\n```python\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_table_of_life_cycles_is_the_policy():
    shown = re.search(r"<!-- policy -->\n(.*?)\n<!-- /policy -->", TEXT, flags=re.DOTALL)

    assert shown is not None
    assert shown[1] == policy_table()


@pytest.mark.parametrize(("name", "code"), SNIPPETS, ids=[name for name, _ in SNIPPETS])
def test_a_snippet_runs(name, code, tmp_path, monkeypatch):
    # From a file, as a user's module: Dagster's code references want one.
    module = tmp_path / f"{name}.py"
    module.write_text(code)
    scope = {"__name__": name, "__file__": str(module)}

    exec(compile(code, str(module), "exec"), scope)  # noqa: S102 - the README's own code

    assert len(scope) > 3


def test_every_python_snippet_is_run():
    assert TEXT.count("```python") == len(SNIPPETS) == 1


def test_every_make_target_the_readme_names_exists():
    makefile = (README.parent / "Makefile").read_text()

    for target in set(re.findall(r"make (\w+)", TEXT)):
        assert f"\n{target}:" in makefile


def test_every_picture_is_there():
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT):
        assert (README.parent / path).is_file()
