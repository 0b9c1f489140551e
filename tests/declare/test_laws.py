from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, create_model

from moose_dagster.declare.columns import (
    FixedString,
    Float32,
    UInt8,
    clickhouse_datetime64,
    clickhouse_decimal,
)
from moose_dagster.declare.models import columns_of
from moose_dagster.declare.types import type_text
from moose_dagster.state.types import canonical_type, enum_members, is_known_type


class Inner(BaseModel):
    zip: str | None


scalars = st.sampled_from(
    [
        *(str, int, float, bool, date, datetime, UUID, UInt8, Float32, Literal["a"]),
        *(clickhouse_decimal(10, 2), clickhouse_datetime64(3), Annotated[str, FixedString(3)]),
    ]
)
keys = st.sampled_from([str, int, UUID, date])


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        inner.map(lambda element: list[element]),
        st.tuples(inner, inner).map(lambda elements: tuple[elements]),
        st.tuples(keys, inner).map(lambda pair: dict[pair]),
        inner.map(lambda element: create_model("Made", one=(element, ...), two=(Inner, ...))),
    )


annotations = st.recursive(
    st.one_of(scalars, scalars.map(lambda kind: kind | None)), nested, max_leaves=8
)


@given(annotations)
def test_every_type_is_written_as_the_server_writes_it(annotation: Any):
    text = type_text(annotation)

    assert canonical_type(text) == text
    assert is_known_type(text)


@given(
    st.lists(
        st.text(st.characters(blacklist_categories=["Cs"])), min_size=1, max_size=6, unique=True
    )
)
def test_an_enum_of_any_texts_is_a_known_type_with_a_member_each(labels: list[str]):
    enum = Enum("Made", {f"m{number}": label for number, label in enumerate(labels)}, type=str)
    text = type_text(enum)

    assert canonical_type(text) == text
    assert len(enum_members(text) or {}) == len(labels)


@given(annotations)
def test_reading_a_model_twice_gives_the_same_columns(annotation: Any):
    model = create_model("Made", field=(annotation, ...))

    assert columns_of(model) == columns_of(model)
