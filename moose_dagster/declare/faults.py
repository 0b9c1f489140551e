"""What is wrong with a declaration, collected before anything is raised."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Fault:
    """One sentence about what to change.

    Attributes:
        message: The sentence.
        path: The field it is about, from the outside in; `()` is the whole resource.
    """

    message: str
    path: tuple[str, ...] = ()


class FaultsError(Exception):
    """Carries faults up to the next `Faults`; it never leaves this package."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(*(fault.message for fault in self.faults))


@dataclass(slots=True)
class Faults:
    """Collects faults, so that one faulty field does not hide the next.

    Attributes:
        found: The faults so far.
    """

    found: list[Fault] = field(default_factory=list[Fault])

    @contextmanager
    def at(self, name: str) -> Generator[None]:
        """Collect what goes wrong inside, as faults of the field *name*."""
        try:
            yield
        except FaultsError as error:
            self.found.extend(replace(fault, path=(name, *fault.path)) for fault in error.faults)


def fault(message: str) -> FaultsError:
    """Return the exception for one fault."""
    return FaultsError((Fault(message),))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question with the known name nearest to *name*, or an empty text."""
    nearest = get_close_matches(name, tuple(known), n=1, cutoff=0.5)
    return f"; did you mean {nearest[0]}?" if nearest else "."
