"""Ids as what they are made from, and as text."""

import uuid
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkgate_common import ids


@given(
    cause=st.uuids() | st.text(st.characters(exclude_categories=["Cs"])), kind=st.text("abc.:"), ordinal=st.integers()
)
def test_a_derived_id_is_the_uuid5_of_its_cause(cause: UUID | str, kind: str, ordinal: int) -> None:
    namespace = UUID("6d2f6f3e-9d0b-5c7e-8a51-1b6e0d3a7c11")
    assert ids.derive(cause, kind, ordinal) == uuid.uuid5(namespace, f"{cause}|{kind}|{ordinal}")


@given(identity=st.uuids())
def test_an_id_is_written_and_read_as_the_standard_library_does(identity: UUID) -> None:
    assert ids.text(identity) == str(identity)
    assert ids.read(str(identity)) == identity


@given(given_ids=st.lists(st.uuids()))
def test_the_order_is_that_of_the_ids(given_ids: list[UUID]) -> None:
    assert sorted(given_ids, key=ids.in_order) == sorted(given_ids)


@pytest.mark.parametrize("text", ["", "wamid.1", "12345678-1234-5678-1234-56781234567G"])
def test_what_is_no_id_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        ids.read(text)
