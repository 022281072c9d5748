"""One credential for very many people: nobody ever gets another's token, and memory has an end."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Hashable
from hashlib import sha256
from itertools import product
from typing import Any
from urllib.parse import parse_qs

from faces import SCOPE
from hypothesis import given
from hypothesis import strategies as st

import entrada
from entrada._cache.ages import Entry
from entrada._cache.lookup import Lookup
from entrada._drivers.sync import SyncDriver
from entrada._stores.place import Owner, Place
from entrada.stores import MemoryStore
from entrada.testing import Request, Response, World, token_response
from entrada.types import Ask

_USERS = 300
_ASKS = 1_000_000
_SCOPES = [SCOPE, "https://graph.microsoft.com/.default"]


def _whose(request: Request) -> Response:
    """Answer with a token that says for whom, where and for what it is."""
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    tenant = request.url.split("/")[3]
    person = form.get("assertion", form.get("refresh_token"))
    scope, cae = form["scope"].split()[0], "CP1" in form.get("claims", "").upper()
    return token_response(f"{person} {tenant} {scope} {cae}", refresh_token=person)


def _credential(**options: Any) -> entrada.OnBehalfOfCredential:
    return entrada.OnBehalfOfCredential(
        "contoso",
        "api",
        client_secret="hush",
        user_assertion="person-0",
        transport=_whose,
        additionally_allowed_tenants=["*"],
        **options,
    )


def _check(credential: entrada.OnBehalfOfCredential, asks: int, seed: int) -> None:
    people = [(f"person-{n}", credential.for_user(f"person-{n}")) for n in range(_USERS)]
    combinations = list(product(people, ["contoso", "fabrikam"], _SCOPES, [False, True]))
    for (name, person), tenant, scope, cae in random.Random(seed).choices(combinations, k=asks):
        token = person.get_token(scope, tenant_id=tenant, enable_cae=cae).token
        assert token == f"{name} {tenant} {scope} {cae}"


def test_nobody_gets_anybody_elses_token() -> None:
    """A million random asks of 300 people, two tenants, two scopes, with and without CAE."""
    _check(_credential(), _ASKS, seed=1)


def test_nobody_gets_anybody_elses_token_when_memory_is_too_small() -> None:
    """Tokens come and go all the time, from memory and from a store that outlives it."""
    credential = _credential(store=MemoryStore())
    small = Lookup("small", credential.world, credential._entries, most_entries=200)
    credential._parts["lookup"] = small

    _check(credential, 10_000, seed=2)
    assert len(credential._entries) <= 100


_TEXT = st.text(alphabet='ab"],[\\ ', max_size=4)
_PLACES = st.builds(
    Place,
    st.builds(Owner, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT),
    _TEXT,
    st.lists(_TEXT, max_size=3).map(tuple),
    st.booleans(),
)


@given(_PLACES, _PLACES)
def test_two_places_have_one_text_only_if_they_are_one(one: Place, other: Place) -> None:
    """Whatever stands in a tenant's, client's or person's name."""
    assert (one.text() == other.text()) == (one == other)


@given(_TEXT, _TEXT)
def test_two_assertions_have_one_key_only_if_they_are_one(one: str, other: str) -> None:
    """The key in memory, and the place in a store, hold the assertion's hash."""
    credential = _credential()
    ask = Ask((SCOPE,))
    first, second = (credential.for_user(f"a{text}") for text in (one, other))
    assert (first.key(ask) == second.key(ask)) == (one == other)
    assert (first.place(ask) == second.place(ask)) == (one == other)
    assert sha256(f"a{one}".encode()).hexdigest() == first.owner().fingerprint


def test_a_person_takes_as_much_memory_as_is_reckoned_with() -> None:
    """The limit in bytes is one of real bytes: what a token takes is within a fifth of it."""
    text = "x" * 1500
    credential = entrada.OnBehalfOfCredential(
        "contoso",
        "api",
        client_secret="hush",
        user_assertion="person",
        transport=lambda request: token_response(text + str(id(request))),
    )
    credential.get_token(SCOPE)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(500):
        credential.for_user(f"person-{number}").get_token(SCOPE)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    reckoned = sum(entry.size for entry in list(credential._entries.values())[1:])
    assert 0.8 < (after - before) / reckoned < 1.2


def test_a_hundred_thousand_people_end_within_the_limit() -> None:
    """The least recently seen make room."""
    driver = SyncDriver(World.fake())
    entries: dict[Hashable, Entry] = {}
    lookup = Lookup("people", World.fake(), entries, most_entries=20_000)
    ages = entrada.types.Token("x", 1_900_000_000.0)

    def start() -> Any:
        yield from ()
        return ages

    for number in range(100_000):
        driver.run(lookup.get(number, start))
    assert len(entries) + len(lookup._old) <= 20_000
    assert 99_999 in entries
