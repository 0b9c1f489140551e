"""What `make measure` counts."""

import ast
import importlib.util
import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "measure.py"
FOLDERS = ("moose_dagster", "example_project", "benchmarks", "tests", ".ci")
CODE = '''"""What the module is for."""


def doubled(values):
    """Return each value twice."""
    # A comment.
    return [
        f"{value}{value}"
        for value in values
    ]
'''


@pytest.fixture(scope="module")
def measure():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("measure", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code_of(measure, text):
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    return measure.code_tokens(tokens, measure.docstring_positions(ast.parse(text)))


def test_docstrings_and_comments_are_not_code(measure):
    code = code_of(measure, CODE)

    # def doubled ( values ) : | return [ | the f-string | for value in values | ]
    assert len(code) == 6 + 2 + 1 + 4 + 1
    assert len(measure.lines_of(code)) == 5


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a = [b for b in c]", 1),
        ("a = [b for b in [d for d in c]]", 2),
        ("if any(b for b in c):\n    d = [e for e in c]", 1),
        ("if any(b for b in c) and all(b for b in c):\n    pass", 2),
    ],
)
def test_comprehensions_belong_to_their_own_statement(measure, text, count):
    (statement,) = ast.parse(text).body

    assert measure.comprehensions_in(statement) == count


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_statement_holds_more_than_one_comprehension(measure, folder):
    packed = [
        place
        for path in (ROOT / folder).rglob("*.py")
        for place in measure.packed_statements(ast.parse(path.read_text()), path)
    ]

    assert packed == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_function_has_more_than_60_lines(measure, folder):
    functions = [
        function
        for path in (ROOT / folder).rglob("*.py")
        for function in measure.functions_of(ast.parse(path.read_text()), path)
    ]

    assert [function for function in functions if function.lines > 60] == []


def test_no_file_of_the_package_has_more_than_400_lines(measure):
    modules = [measure.read(path) for path in measure.PACKAGE.rglob("*.py")]

    assert [module.path for module in modules if module.lines > 400] == []


def test_the_package_assigns_one_value_at_a_time(measure):
    pairs = [
        f"{measure.shown(path)}:{node.lineno}"
        for path in measure.PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if is_assignment_of_several(node)
    ]

    assert pairs == []


def test_an_assignment_of_several_values_is_found():
    several, unpacked, one = ast.parse("a, b = 1, 2\na, b = pair\na = 1, 2").body

    found = [is_assignment_of_several(node) for node in (several, unpacked, one)]

    assert found == [True, False, False]


def is_assignment_of_several(node):
    """Tell whether *node* gives each of several names a value of its own."""
    match node:
        case ast.Assign(targets=[ast.Tuple()], value=ast.Tuple()):
            return True
        case _:
            return False
