"""Python expressions laid out as `ruff format` does."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

# The default of ruff and black; the last comma preserves line breaks under a longer limit.
WIDTH = 88
_INDENT = "    "
_BACKSLASH = "\\"
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", _BACKSLASH: "\\\\"}


@dataclass(frozen=True, slots=True)
class Group:
    """An expression such as `head(item, item)`.

    Attributes:
        head: The text before the brackets; "" for none.
        items: The elements in the brackets.
        brackets: The two brackets.
        comma: What follows the last element on a line of its own.
    """

    head: str
    items: tuple["Node", ...]
    brackets: str = "()"
    comma: str = ","

    @property
    def flat(self) -> str:
        """The group on one line."""
        return f"{self.head}{self.brackets[0]}{', '.join(map(flat, self.items))}{self.brackets[1]}"


Node: TypeAlias = str | Group


def call(name: str, *items: Node) -> Group:
    """Return `name(...)`."""
    return Group(name, items)


def subscript(name: str, *items: Node) -> Group:
    """Return `name[...]`."""
    # A comma after the only element would make it a tuple.
    return Group(name, items, "[]", "," if len(items) > 1 else "")


def listed(items: Iterable[Node]) -> Group:
    """Return `[...]`."""
    return Group("", tuple(items), "[]")


def mapped(items: Iterable[tuple[Node, Node]]) -> Group:
    """Return `{key: value, ...}`."""
    return Group("", tuple(_with_prefix(f"{flat(key)}: ", value) for key, value in items), "{}")


def keyword(name: str, value: Node) -> Node:
    """Return `name=value`."""
    return _with_prefix(f"{name}=", value)


def literal(text: str) -> str:
    """Return *text* as a Python literal with the quotes that need fewer backslashes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(character, quote) for character in text) + quote


def flat(node: Node) -> str:
    """Return *node* on one line."""
    return node if isinstance(node, str) else node.flat


def laid_out(node: Node, *, before: str = "", after: str = "", indent: int = 0) -> str:
    """Return `before node after` at *indent* levels, over several lines where one is too short."""
    start = _INDENT * indent
    line = f"{start}{before}{flat(node)}{after}"
    if isinstance(node, str) or not node.items or len(line) <= WIDTH:
        return line
    inside = (laid_out(item, after=node.comma, indent=indent + 1) for item in node.items)
    opened, closed = node.brackets
    return "\n".join((f"{start}{before}{node.head}{opened}", *inside, f"{start}{closed}{after}"))


def assignment(name: str, value: Node) -> str:
    """Return `name = value`."""
    return laid_out(value, before=f"{name} = ")


def annotated_name(name: str, annotation: Node, value: Group | None) -> str:
    """Return `name: annotation = value` as a line of a class."""
    if value is None:
        return laid_out(annotation, before=f"{name}: ", indent=1)
    head = f"{name}: {flat(annotation)} = "
    if len(_INDENT + head + value.head) < WIDTH:
        return laid_out(value, before=head, indent=1)
    first = laid_out(annotation, before=f"{name}: ", after=f" = {value.head}(", indent=1)
    *lines, last = first.split("\n")
    last = last.removesuffix(f"{value.head}(")
    return "\n".join((*lines, laid_out(value, before=last.strip() + " ", indent=1)))


def comment(text: str) -> str:
    """Return *text* as lines of a comment."""
    lines = list[str]()
    line = "#"
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH and line != "#":
            lines.append(line)
            line = "#"
        line += f" {_printable(word)}"
    return "\n".join((*lines, line))


def _with_prefix(before: str, node: Node) -> Node:
    return before + node if isinstance(node, str) else replace(node, head=before + node.head)


def _escaped(character: str, quote: str) -> str:
    if character == quote:
        return _BACKSLASH + character
    if character in _ESCAPES:
        return _ESCAPES[character]
    return _printable(character)


def _printable(text: str) -> str:
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
