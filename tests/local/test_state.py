"""State: finding documents, and what a transaction within a transaction takes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrada.local.state import State


class _Stop(Exception):
    pass


@pytest.mark.parametrize("field", ["appId", "colour"])
def test_documents_are_found_by_any_field_in_order_of_their_ids(field: str) -> None:
    state = State()
    for key, value in (("b", "x"), ("a", "x"), ("c", "y")):
        state.put("thing", key, {"id": key, field: value})
    state.put("other", "a", {"id": "other", field: "x"})
    assert [each["id"] for each in state.find("thing", **{field: "x"})] == ["a", "b"]
    assert state.find("thing", **{field: "x", "id": "b"}) == [{"id": "b", field: "x"}]
    assert state.find("thing", **{field: "X"}) == []


def test_a_field_is_compared_with_its_type() -> None:
    """Neither a number nor a missing field equals a text."""
    state = State()
    state.put("thing", "a", {"appId": 1})
    state.put("thing", "b", {})
    assert state.find("thing", appId="1") == []
    assert state.find("thing", appId=1) == [{"appId": 1}]
    assert state.find("thing", appId=None) == [{}]


def test_a_changed_document_is_found_by_its_new_field_only(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    state.put("thing", "a", {"appId": "old"})
    state.put("thing", "a", {"appId": "new"})
    state.close()
    again = State(tmp_path / "state.db")
    assert again.find("thing", appId="old") == []
    assert again.find("thing", appId="new") == [{"appId": "new"}]
    again.close()


def test_what_fails_inside_a_transaction_takes_back_its_own_writes_only() -> None:
    state = State()
    with state.transaction():
        state.put("thing", "before", {})
        with pytest.raises(_Stop), state.transaction():
            state.put("thing", "inside", {})
            raise _Stop
        state.put("thing", "after", {})
    assert [key for key, _ in state.under("thing")] == ["after", "before"]


def test_what_fails_outside_takes_back_what_was_done_inside() -> None:
    state = State()
    with pytest.raises(_Stop), state.transaction():
        with state.transaction():
            state.put("thing", "inside", {})
        raise _Stop
    assert state.under("thing") == []
    with state.transaction():
        state.put("thing", "later", {})
    assert state.get("thing", "later") == {}


def test_an_unwritten_transaction_is_not_seen_by_another_connection(tmp_path: Path) -> None:
    """Until a transaction ends, a process that is killed leaves nothing of it."""
    state, other = State(tmp_path / "state.db"), State(tmp_path / "state.db")
    with state.transaction():
        state.put("thing", "a", {})
        state.store("a", b"payload")
        assert (other.get("thing", "a"), other.load("a")) == (None, None)
    assert (other.get("thing", "a"), other.load("a")) == ({}, b"payload")
    state.close()
    other.close()
