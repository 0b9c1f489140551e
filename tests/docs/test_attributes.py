"""Every public class of values documents each of its fields on a line of its own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "moose_dagster"
# What makes a class one of values, by itself or through a class that it inherits from.
MODELS = frozenset(
    {
        "BaseModel",
        "Component",
        "Config",
        "ConfigurableResource",
        "Model",
        "NamedTuple",
        "Resolvable",
    }
)
# The help of an option and the description of a config are shown where people read them.
SHOWN = frozenset({"help", "description"})


def test_every_public_class_documents_each_field():
    classes = tuple(classes_of_package())
    parents = {node.name: node for _, node in classes}

    missing = [
        f"{path}:{node.lineno} {node.name}.{name}"
        for path, node in classes
        if not node.name.startswith("_") and holds_values(node, parents)
        for name in undocumented(node)
    ]

    assert missing == []


def test_a_field_without_a_line_is_found():
    (node,) = classes_in(
        '''
@dataclass
class Pace:
    """How a rebuild copies.

    Attributes:
        rows: How many rows.
    """

    rows: int
    rounds: int
    option: Annotated[str, Option("--option", help="What it does.")]
    _sent: int
'''
    )

    assert holds_values(node, {})
    assert list(undocumented(node)) == ["rounds", "option"]


def test_a_model_is_known_by_what_it_inherits_from():
    config, own, other = classes_in(
        "class Config(BaseModel): ...\nclass Own(Config[int]): ...\nclass Other: ..."
    )
    parents = {"Config": config}

    assert [holds_values(node, parents) for node in (config, own, other)] == [True, True, False]


def classes_of_package() -> Iterator[tuple[str, ast.ClassDef]]:
    """Yield every class with the file that defines it."""
    for file in sorted(PACKAGE.rglob("*.py")):
        path = str(file.relative_to(PACKAGE.parent))
        yield from ((path, node) for node in classes_in(file.read_text()))


def classes_in(text: str) -> list[ast.ClassDef]:
    """Return the classes that *text* defines."""
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]


def holds_values(node: ast.ClassDef, parents: dict[str, ast.ClassDef]) -> bool:
    """Tell whether *node* is a dataclass or a model."""
    decorators = (names_in(decorator) for decorator in node.decorator_list)
    if any("dataclass" in names for names in decorators):
        return True
    bases = {name for base in node.bases for name in names_in(base)} - {node.name}
    return bool(bases & MODELS) or any(
        holds_values(parents[base], parents) for base in bases if base in parents
    )


def undocumented(node: ast.ClassDef) -> Iterator[str]:
    """Yield the public fields of *node* that its docstring does not explain."""
    _, _, attributes = (ast.get_docstring(node) or "").partition("Attributes:\n")
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                is_constant = "ClassVar" in names_in(statement.annotation)
                has_line = re.search(rf"^ +{name}: \S", attributes, re.MULTILINE)
                is_elsewhere = is_shown(statement) and not attributes
                if not (is_constant or has_line or is_elsewhere):
                    yield name
            case _:
                continue


def is_shown(field: ast.AnnAssign) -> bool:
    """Tell whether *field* has its explanation in its own declaration."""
    keywords = (node.arg for node in ast.walk(field) if isinstance(node, ast.keyword))
    return any(keyword in SHOWN for keyword in keywords)


def names_in(node: ast.AST) -> frozenset[str]:
    """Return the names that *node* uses."""
    plain = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return frozenset(plain | {a.attr for a in ast.walk(node) if isinstance(a, ast.Attribute)})
