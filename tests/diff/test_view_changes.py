"""The changes of views are a closed union, and each names its view."""

from dataclasses import is_dataclass
from typing import get_args

import pytest

from moose_dagster.diff import view_changes as changes
from moose_dagster.state.views import ViewKind
from moose_dagster.testing import a_view

VIEW = a_view()


def test_every_class_belongs_to_the_union():
    classes = {value for value in vars(changes).values() if is_dataclass(value)}

    own = {one for one in classes if one.__module__ == changes.__name__}
    assert own == set(get_args(changes.ViewChange))


@pytest.mark.parametrize(
    ("change", "view"),
    [
        (changes.CreateView(VIEW), VIEW.id),
        (changes.DropView(VIEW.id, ViewKind.VIEW), VIEW.id),
        (changes.ChangeViewQuery(VIEW.id, "SELECT 1", "SELECT 2"), VIEW.id),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_change_names_its_view(change, view):
    assert changes.view_of(change) == view
