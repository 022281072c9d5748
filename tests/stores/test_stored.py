"""Tokens that rest in a store: found by another credential, bound to all that was asked."""

from __future__ import annotations

import logging
import time
from itertools import product
from types import ModuleType
from typing import Any

import pytest
from faces import FACES, SCOPE, Issuer, ask, secret

import entrada
from entrada._cache.storage import SealedStorage
from entrada._engine.effects import Flow, Sleep
from entrada._stores.place import Owner, Place
from entrada.stores import MemoryStore, Sealed, StoreUnavailable, TokenStore
from entrada.testing import FakeClock, TransportFailure, World, token_response

LIFE = 3600.0


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(time.time())  # the store in memory keeps the machine's time until it is asked


@pytest.mark.parametrize(("first", "second"), list(product(FACES, FACES)))
def test_a_token_is_found_by_another_credential_of_either_face(
    first: ModuleType, second: ModuleType, issuer: Issuer
) -> None:
    store = MemoryStore()

    assert ask(secret(first, issuer, store=store)) == "token-1"
    assert ask(secret(second, issuer, store=store)) == "token-1"
    assert issuer.requests == 1


_OTHERS: list[dict[str, Any]] = [
    {"tenant_id": "fabrikam"},
    {"client_id": "another"},
    {"authority": "login.microsoftonline.us"},
]


@pytest.mark.parametrize("module", FACES)
@pytest.mark.parametrize("other", _OTHERS, ids=lambda other: next(iter(other)))
def test_a_token_is_not_found_by_anybody_else(
    module: ModuleType, other: dict[str, Any], issuer: Issuer
) -> None:
    store = MemoryStore()
    ask(secret(module, issuer, store=store))

    assert ask(secret(module, issuer, store=store, **other)) == "token-2"


@pytest.mark.parametrize("module", FACES)
@pytest.mark.parametrize(
    "ways",
    [{"tenant_id": "fabrikam"}, {"enable_cae": True}, {"force_refresh": True}, {"claims": "{}"}],
    ids=lambda ways: next(iter(ways)),
)
def test_a_token_is_not_found_by_another_ask(
    module: ModuleType, ways: dict[str, Any], issuer: Issuer
) -> None:
    store = MemoryStore()
    ask(secret(module, issuer, store=store))
    twin = secret(module, issuer, store=store, additionally_allowed_tenants=["*"])

    assert ask(twin, **ways) == "token-2"


def test_a_new_token_replaces_the_one_at_rest(issuer: Issuer) -> None:
    store = MemoryStore()
    ask(secret(entrada, issuer, store=store))
    ask(secret(entrada, issuer, store=store), claims="{}")

    assert ask(secret(entrada, issuer, store=store)) == "token-2"


def test_a_tenant_that_is_not_allowed_is_refused_though_its_token_rests(issuer: Issuer) -> None:
    store = MemoryStore()
    ask(secret(entrada, issuer, store=store, tenant_id="fabrikam"))

    with pytest.raises(entrada.AuthenticationRejectedError, match="fabrikam"):
        ask(secret(entrada, issuer, store=store), tenant_id="fabrikam")


def test_what_was_invalidated_does_not_come_back_from_the_store(issuer: Issuer) -> None:
    credential = secret(entrada, issuer, store=MemoryStore())
    ask(credential)
    credential.invalidate(SCOPE)

    assert ask(credential) == "token-2"


@pytest.mark.parametrize("module", FACES)
@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.70, "token-1"), (0.76, "token-2"), (1.1, "token-2")]
)
def test_a_token_at_rest_ages_from_when_it_was_received(
    module: ModuleType, seconds: float, expected: str, issuer: Issuer, clock: FakeClock
) -> None:
    store, world = MemoryStore(), World.fake(clock=clock)
    ask(secret(module, issuer, store=store, world=world))
    clock.advance(LIFE * seconds)

    assert ask(secret(module, issuer, store=store, world=world)) == expected


def test_in_an_outage_an_old_token_at_rest_is_served_while_it_is_valid(
    issuer: Issuer, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    store, world = MemoryStore(), World.fake(clock=clock)
    ask(secret(entrada, issuer, store=store, world=world))
    clock.advance(LIFE * 0.8)

    def down(_count: int) -> Any:
        raise TransportFailure("connect", "refused")

    issuer.answer = down
    credential = secret(entrada, issuer, store=store, world=world)
    assert ask(credential) == "token-1"
    clock.advance(LIFE)
    with pytest.raises(entrada.AuthorityUnreachableError):
        ask(credential)


class Broken(MemoryStore):
    """A store that is away until it is back."""

    away = True
    asked = 0

    def load(self, name: str) -> Flow[bytes | None]:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("the store is away")
        return (yield from super().load(name))


@pytest.mark.parametrize("module", FACES)
def test_a_store_that_is_away_is_said_once_and_used_again_when_it_is_back(
    module: ModuleType, issuer: Issuer, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    store, world = Broken(), World.fake(clock=clock)

    def get() -> str:
        return ask(secret(module, issuer, store=store, world=world))

    assert [get(), get()] == ["token-1", "token-2"]
    assert store.asked == 1  # a moment later it is not asked again
    assert [record.message for record in caplog.records] == [
        "tokens are kept in memory only: the store is away"
    ]
    store.away = False
    clock.advance(6)
    assert [get(), get()] == ["token-3", "token-3"]
    assert "again" in caplog.records[-1].message
    assert len(caplog.records) == 2


def _tampered(store: MemoryStore, how: str) -> None:
    for name, entry in tuple(store._entries.items()):
        data = {
            "flipped": entry.data[:-1] + bytes([entry.data[-1] ^ 1]),
            "truncated": entry.data[:10],
            "empty": b"",
            "foreign": b"{}" * 100,
        }[how]
        store._entries[name] = entry._replace(data=data)


@pytest.mark.parametrize("how", ["flipped", "truncated", "empty", "foreign"])
def test_what_cannot_be_read_is_dropped_with_one_warning(
    how: str, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore()
    for _ in range(2):
        ask(secret(entrada, issuer, store=store))
        _tampered(store, how)

    assert ask(secret(entrada, issuer, store=store)) == "token-3"
    assert ask(secret(entrada, issuer, store=store)) == "token-3"
    assert [record.levelname for record in caplog.records].count("WARNING") == 1


def test_an_entry_under_another_name_does_not_open(issuer: Issuer) -> None:
    store = MemoryStore()
    ask(secret(entrada, issuer, store=store))
    ask(secret(entrada, issuer, store=store, tenant_id="fabrikam"))
    (first, one), (second, two) = store._entries.items()
    store._entries = {first: two, second: one}

    assert ask(secret(entrada, issuer, store=store)) == "token-3"


def test_a_store_is_handed_neither_tokens_nor_whose_they_are(issuer: Issuer) -> None:
    store = MemoryStore()
    ask(secret(entrada, issuer, store=store))

    said = repr(store._entries) + repr(store) + repr([e.data for e in store._entries.values()])
    assert not [word for word in ("token-1", "contoso", "app", "storage.azure") if word in said]


def test_a_lease_of_somebody_else_is_waited_for(issuer: Issuer, clock: FakeClock) -> None:
    store, world = MemoryStore(), World.fake(clock=clock)
    storage = SealedStorage(store, world)
    flow = storage.lease(
        Place(
            Owner("application", "https://login.microsoftonline.com", "app"),
            "contoso",
            (SCOPE,),
            False,
        )
    )
    with pytest.raises(StopIteration) as done:
        next(flow)
    assert done.value.value is not None

    began = clock.now()
    assert ask(secret(entrada, issuer, store=store, world=world)) == "token-1"
    assert 60 < clock.now() - began < 61  # a minute's patience, then on without it


def test_a_cancelled_renewal_gives_its_lease_back() -> None:
    store = MemoryStore()
    credential = secret(entrada, lambda request: token_response(), store=store)
    flow = credential.acquire(entrada.types.Ask((SCOPE,)))
    next(flow)
    assert store._leased
    flow.close()

    assert not store._leased


@pytest.mark.parametrize("store", [object(), MemoryStore, "redis://localhost"])
def test_what_is_no_store_is_refused(store: object, issuer: Issuer) -> None:
    with pytest.raises(entrada.ConfigurationError, match="store"):
        ask(secret(entrada, issuer, store=store))


def test_the_stores_are_what_the_protocol_describes() -> None:
    assert isinstance(MemoryStore(), TokenStore)
    assert not isinstance(object(), TokenStore)
    assert "secret" not in repr(Sealed(b"secret", 0.0))


def test_the_loop_of_a_lease_sleeps_between_looks(issuer: Issuer) -> None:
    store = MemoryStore()
    world = World.fake()
    place = Place(
        Owner("application", "https://login.microsoftonline.com", "app"), "contoso", (SCOPE,), False
    )
    with pytest.raises(StopIteration):
        next(SealedStorage(store, world).lease(place))
    flow = secret(entrada, issuer, store=store).acquire(entrada.types.Ask((SCOPE,)))

    pauses = [
        effect.seconds for effect in (next(flow) for _ in range(6)) if isinstance(effect, Sleep)
    ]
    assert pauses == [0.005, 0.01, 0.02, 0.02, 0.02, 0.02]
