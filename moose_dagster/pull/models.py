"""The classes of a pulled module: a model for each table, and those its fields need."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from moose_dagster.pull.layout import Group, Node, annotated_name, call, keyword, literal
from moose_dagster.pull.names import ModuleNames, Names, field_name, helper_name, member_name


class Annotated(Protocol):
    """What a field is annotated with."""

    @property
    def node(self) -> Node:
        """The annotation as Python."""
        ...


class Helpers:
    """The classes that the fields of one model need, in the order of their definition.

    Args:
        names: The names of the module that are taken.
        model: The name of the model, which begins those of its helpers.
    """

    def __init__(self, names: ModuleNames, model: str) -> None:
        self._names = names
        self._model = model
        self.classes = list[str]()

    def enum(self, name: str, labels: Iterable[str]) -> str:
        """Add an Enum of texts and return its name."""
        # What means something in an Enum (`name`, `mro`) is in lower case.
        members = Names()
        lines = [f"    {members.unique(member_name(label))} = {literal(label)}" for label in labels]
        return self._add(name, "Enum", lines)

    def model(
        self,
        name: str,
        elements: Sequence[tuple[str, str]],
        annotate: Callable[[str, str, "Helpers"], Annotated],
    ) -> str:
        """Add the model of a named Tuple and return its name."""
        fields = self._names.fields()
        lines = list[str]()
        for label, type_ in elements:
            annotation = annotate(type_, f"{name} {label}", self)
            field = fields.unique(field_name(label))
            lines.append(field_line(field, label, annotation.node))
        return self._add(name, "BaseModel", lines)

    def _add(self, name: str, base: str, lines: Sequence[str]) -> str:
        own = self._names.class_(helper_name(self._model, name))
        self.classes.append(class_text(own, base, lines))
        return own


def class_text(name: str, base: str, lines: Sequence[str]) -> str:
    """Return a class with *lines* in it."""
    return "\n".join((f"class {name}({base}):", *lines))


def field_line(name: str, column: str, annotation: Node, description: str = "") -> str:
    """Return the line of a field, with an alias if *column* can't be its name."""
    settings = list[Node]()
    if name != column:
        settings.append(keyword("alias", literal(column)))
    if description:
        settings.append(keyword("description", literal(description)))
    value: Group | None = call("Field", *settings) if settings else None
    return annotated_name(name, annotation, value)
