"""Every spelling of a type prints as one that reads back as itself."""

from hypothesis import given
from hypothesis import strategies as st
from laws.declarations import NUMBERS, OTHERS, TEXTS

from moose_dagster.state.types import canonical_type, is_known_type

plain = st.sampled_from([*NUMBERS, *TEXTS, *OTHERS])
types = st.recursive(
    plain,
    lambda inner: (
        st.builds("Array({})".format, inner)
        | st.builds("Map(String, {})".format, inner)
        | st.builds("Tuple(a {}, `b c` {})".format, inner, inner)
    ),
    max_leaves=4,
)


@given(types)
def test_a_printed_type_reads_back_as_itself(text):
    printed = canonical_type(text)

    assert canonical_type(printed) == printed
    assert is_known_type(printed) == is_known_type(text)
