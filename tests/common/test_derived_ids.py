"""Derived ids are those of RFC 9562, version 5."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from inkgate_common import ids


@given(st.text(), st.text(), st.integers())
def test_a_derived_id_is_the_uuid5_of_cause_kind_and_ordinal(cause: str, kind: str, ordinal: int) -> None:
    name = f"{cause}|{kind}|{ordinal}"
    try:
        expected = uuid.uuid5(uuid.UUID("6d2f6f3e-9d0b-5c7e-8a51-1b6e0d3a7c11"), name)
    except UnicodeEncodeError:  # a lone surrogate names nothing
        return
    assert ids.derive(cause, kind, ordinal) == expected
