"""Python names for what servers call anything: identifiers, unique, and like the original."""

import keyword
import re
import unicodedata
from collections.abc import Iterable

from pydantic import BaseModel

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"\W+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z\W_]+|\d+")
# pydantic 2.10 warns of fields that begin so, or refuses them.
_PYDANTIC = ("_", "model_validate", "model_dump")

# With these, `variable = OlapTable[Class](` fits on a line.
_LONGEST_CLASS = 36
_LONGEST_VARIABLE = 36
_LONGEST_HELPER = 64


class Names:
    """The names taken in one scope.

    Args:
        taken: Those that mean something already.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def unique(self, preferred: str) -> str:
        """Take *preferred*, or that with a number if it is taken, and return it."""
        name = preferred
        number = 2
        while name in self._taken:
            name = f"{preferred}_{number}" if preferred[:1].islower() else f"{preferred}{number}"
            number += 1
        self._taken.add(name)
        return name

    def copy(self) -> "Names":
        """Return a scope of its own with the same names."""
        return Names(self._taken)


class ModuleNames:
    """The names of one module: classes, which annotations use, and variables, which they don't.

    Args:
        types: What annotations mean already.
        others: What else is taken.
    """

    def __init__(self, types: Iterable[str], others: Iterable[str] = ()) -> None:
        self._types = Names(types)
        self._all = Names((*types, *others))

    def class_(self, preferred: str) -> str:
        """Return a name for a class."""
        return self._types.unique(self._all.unique(preferred))

    def variable(self, preferred: str) -> str:
        """Return a name for a variable."""
        return self._all.unique(preferred)

    def fields(self) -> Names:
        """Return the scope of a class, in which a field called like a type would hide it."""
        return self._types.copy()

    def copy(self) -> "ModuleNames":
        """Return a scope of its own with the same names."""
        copied = ModuleNames(())
        copied._types = self._types.copy()
        copied._all = self._all.copy()
        return copied


def class_name(text: str) -> str:
    """Return *text* as the name of a class: `page_views` -> `PageViews`, `2024` -> `Table2024`."""
    name = camel_case(text)[:_LONGEST_CLASS]
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"Table{name}"


def helper_name(model: str, field: str) -> str:
    """Return the name of a class for a field of *model*."""
    return f"{model}{camel_case(field)}"[:_LONGEST_HELPER]


def camel_case(text: str) -> str:
    """Return the words of *text* as one: `page_views` -> `PageViews`."""
    return "".join(word[:1].upper() + word[1:] for word in _WORDS.findall(_plain(text)))


def variable_name(text: str) -> str:
    """Return *text* as the name of a variable: `Page-Views` and `PageViews` -> `page_views`."""
    name = (
        _NO_WORD.sub("_", _HUMP.sub("_", _plain(text)))
        .strip("_")
        .lower()[:_LONGEST_VARIABLE]
        .rstrip("_")
    )
    if not name.isidentifier():
        name = f"table_{name}".rstrip("_")
    return f"{name}_" if keyword.iskeyword(name) else name


def field_name(text: str) -> str:
    """Return *text* as the name of a pydantic field; the same where that is one."""
    if is_field_name(text):
        return text
    name = _NO_WORD.sub("_", _plain(text)).strip("_")
    if not name.isidentifier():
        name = f"column_{name}".rstrip("_")
    candidates = (name, f"{name}_")
    return next(filter(is_field_name, candidates), f"column_{name}")


def is_field_name(text: str) -> bool:
    """Tell whether a field can be called *text*, so that neither Python nor pydantic minds."""
    is_name = text.isidentifier() and unicodedata.normalize("NFKC", text) == text
    return (
        is_name
        and not keyword.iskeyword(text)
        and not text.startswith(_PYDANTIC)
        and not hasattr(BaseModel, text)
    )


def member_name(label: str) -> str:
    """Return the label of an Enum as the name of a member: `in transit` -> `IN_TRANSIT`."""
    name = _NO_WORD.sub("_", _plain(label)).strip("_").upper()
    return name if name.isidentifier() else f"MEMBER_{name}".rstrip("_")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
