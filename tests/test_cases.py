"""Every case of ``tests/cases``, through both faces."""

from __future__ import annotations

import pytest

from cases.runner import Case, all_cases, check, play

_RUNS = [(case, face) for case in all_cases() for face in case.faces]


@pytest.mark.parametrize(
    ("case", "face"), _RUNS, ids=[f"{case.name}-{face}" for case, face in _RUNS]
)
def test_case(case: Case, face: str) -> None:
    """A credential does what the case says."""
    check(play(case, face))


def test_every_case_says_in_one_sentence_what_it_shows() -> None:
    """The docs of a case are one sentence, and no two cases share theirs."""
    docs = [case.table["docs"] for case in all_cases()]
    assert [text for text in docs if not text.endswith(".") or "\n" in text] == []
    assert len(docs) == len(set(docs))


def test_every_credential_has_a_folder_of_cases() -> None:
    """No public credential goes without cases."""
    import entrada

    tested = {case.table["credential"] for case in all_cases()}
    public = {name for name in entrada.__all__ if name.endswith("Credential")}
    assert tested == public
