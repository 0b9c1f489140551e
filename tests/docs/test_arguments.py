"""Every public function and constructor says what its arguments are."""

import inspect
import re
from collections.abc import Iterator

import moose_dagster
from moose_dagster import orchestration
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka

OWN = frozenset({"self", "cls", "args", "kwargs", "__dataclass_self__"})
PUBLIC = {
    name: value
    for module in (moose_dagster, orchestration)
    for name in module.__all__
    for value in [getattr(module, name)]
}


def test_every_argument_of_what_is_public_is_described():
    clients = (connect, ClickHouseAddress, connect_kafka, KafkaAddress)
    public = {**PUBLIC, **{one.__name__: one for one in clients}}

    missing = [
        f"{name}.{argument}" for name, value in public.items() for argument in unexplained(value)
    ]

    assert missing == []


def test_an_argument_without_a_line_is_found():
    def half(first, second):
        """Return both.

        Args:
            first: The first one.
        """

    class Half:
        """A class.

        Args:
            first: The first one.
        """

        def __init__(self, first, second): ...

        def give(self, third, fourth):
            """Give *third*."""

    assert list(unexplained(half)) == ["second"]
    assert list(unexplained(Half)) == ["second", "give.fourth"]


def unexplained(value) -> Iterator[str]:
    """Yield the arguments that no docstring of *value* has a line for."""
    if inspect.isclass(value):
        yield from _of_class(value)
    elif inspect.isfunction(value):
        yield from _without_line(value, inspect.getdoc(value) or "")


def _of_class(kind: type) -> Iterator[str]:
    inherited = [inspect.cleandoc(one.__doc__ or "") for one in kind.__mro__]
    if "__init__" in vars(kind):
        yield from _without_line(kind.__init__, "\n".join(inherited))
    for name, method in vars(kind).items():
        function = getattr(method, "__func__", method)
        if inspect.isfunction(function) and not name.startswith("_"):
            definitions = [getattr(one, name) for one in kind.__mro__ if name in vars(one)]
            doc = "\n".join(inspect.getdoc(one) or "" for one in definitions)
            # A short one may be named in the sentence.
            in_sentence = set(re.findall(r"\*(\w+)\*", doc))
            yield from (
                f"{name}.{one}" for one in _without_line(function, doc) if one not in in_sentence
            )


def _without_line(function, doc: str) -> Iterator[str]:
    for name in inspect.signature(function).parameters:
        if name not in OWN and not re.search(rf"^ +\**{name}: \S", doc, flags=re.MULTILINE):
            yield name
