"""An address that a person pastes where no browser can be opened."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from browsing import SCOPE, Person, person

from entrada import AuthenticationRejectedError
from entrada.testing import Request, Response

__all__ = ["person"]


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that types a line on standard input."""
    read, write = os.pipe()
    with io.FileIO(read) as source, io.FileIO(write, "w") as sink:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(source)))
        yield lambda line: void(sink.write(f"{line}\n".encode()))


def void(_: object) -> None:
    """Drop a result."""


@pytest.mark.parametrize("whole", [True, False])
def test_the_address_of_the_last_page_may_be_pasted(
    person: Person,
    typing: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    *,
    whole: bool,
) -> None:
    """As the browser shows it, or its query alone; the code stands in it, so it comes by query."""

    def issue(request: Request) -> Response:
        return person.issue(request)

    def show(text: str) -> None:
        url = next(line for line in text.splitlines() if line.startswith("https://"))
        person.asked = dict(parse_qsl(urlsplit(url).query))
        query = urlencode({"code": "canary-pasted", "state": person.asked["state"]})
        typing(f"{person.asked['redirect_uri']}/?{query}" if whole else query)

    class Terminal(io.StringIO):
        def flush(self) -> None:
            if not person.asked:
                show(self.getvalue())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", Terminal())
        person.credential(mode="paste", transport=issue).get_token(SCOPE)
    assert person.asked["response_mode"] == "query"
    assert person.redeemed["code"] == "canary-pasted"
    assert capsys.readouterr().out == ""


def test_a_pasted_address_of_another_sign_in_is_refused(
    person: Person, typing: Callable[[str], None]
) -> None:
    """It cannot be completed here."""
    typing("http://localhost:1/?code=canary-stolen&state=another")
    with pytest.raises(AuthenticationRejectedError) as caught:
        person.credential(mode="paste").get_token(SCOPE)
    assert caught.value.code == "state_mismatch"
    assert "canary" not in str(caught.value)
    assert person.redeemed == {}
