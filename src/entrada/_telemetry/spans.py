"""Spans as functions over flows: one for an acquisition, with children for what it asks for.

A span is current while its flow runs, so that what an application's own transport or callback
records becomes its child. No text of an answer or an error is recorded, only codes and statuses:
a text may name a user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, attach, detach, get_current, get_value, set_value
from opentelemetry.trace import (
    Link,
    Span,
    Status,
    StatusCode,
    Tracer,
    TracerProvider,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

import entrada
from entrada._engine.effects import Effect, Flow, Request, Run, Spawn, T, Wait
from entrada._engine.watch import watched
from entrada._telemetry.children import begin, end
from entrada._telemetry.record import Record, facts_of, kind_of, outcome_of

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._credentials.recipe import Recipe
    from entrada._telemetry.meters import Meters
    from entrada.types import Ask

_RECORD = "entrada-acquisition"


def tracer_of(provider: TracerProvider) -> Tracer:
    """Return the tracer under entrada's name."""
    return provider.get_tracer("entrada", entrada.__version__)


class Spans:
    """Puts spans around flows."""

    def __init__(self, tracer: Tracer, meters: Meters) -> None:
        self._tracer = tracer
        self._meters = meters

    def acquired(self, recipe: Recipe, ask: Ask, flow: Flow[Entry]) -> Flow[Entry]:
        """Record an acquisition: what was found in memory, what was asked, what came of it."""
        tenant = ask.tenant or recipe.describe().get("tenant_id")
        record = Record(recipe.name)
        started = recipe.world.elapsed()
        span = self._tracer.start_span("entrada.get_token")
        span.set_attribute("entrada.credential", recipe.name)
        span.set_attribute("entrada.scopes", ask.scopes)
        if isinstance(tenant, str):
            span.set_attribute("entrada.tenant", tenant)
        try:
            return (yield from self._within(set_span_in_context(span), record, flow))
        finally:
            bypassed = ask.force or ask.claims is not None
            age = "bypassed" if bypassed else record.age
            labels = {**outcome_of(record), "entrada.cache.result": age}
            _close(span, record, {**facts_of(record), **labels})
            self._meters.acquired(recipe.world.elapsed() - started, labels)
            self._meters.tally(recipe.name, age).add()

    def linked(self, name: str, flow: Flow[Entry]) -> Flow[Entry]:
        """Record what a link of a chain did."""
        record = _record()
        if record is not None:
            record.links += 1
            record.source = name
        own = Record(name)
        span = self._tracer.start_span("entrada.link", attributes={"entrada.credential": name})
        try:
            with _current(set_span_in_context(span)):
                return (yield from _judged(own, flow))
        finally:
            _close(span, own, outcome_of(own), is_link=True)

    def found(self, age: str) -> None:
        """Note how old the token in memory is."""
        record = _record()
        if record is not None:
            record.age = age

    def renewed(self, flow: Flow[Entry]) -> Flow[Entry]:
        """Note that a new token is asked for, and what hinders it."""
        record = _record()
        if record is None:
            return (yield from flow)
        record.asked = True
        try:
            return (yield from flow)
        except Exception as error:
            record.failure = error
            raise

    def carried(self, flow: Flow[None]) -> Flow[None]:
        """Have what a flow spawns run as part of the caller's trace."""
        here = get_current()

        def carry(effect: Effect) -> Effect:
            if isinstance(effect, Spawn):
                return Spawn(partial(_carried, here, effect.start))
            return effect

        return watched(flow, carry)

    def _refreshed(
        self, cause: Span, credential: str, source: str, start: Callable[[], Flow[object]]
    ) -> Flow[object]:
        """Record a renewal in the background: a trace of its own that names what caused it."""
        record = Record(credential)
        record.source = source
        links = [Link(cause.get_span_context())]
        span = self._tracer.start_span("entrada.refresh", context=Context(), links=links)
        try:
            root = set_span_in_context(span, Context())
            return (yield from self._within(root, record, start()))
        finally:
            # Callers are served the old token when a renewal fails: here that is a failure.
            record.error = record.error or record.failure
            if record.error is not None:
                record.outcome = kind_of(record.error)
            labels = outcome_of(record)
            _close(span, record, {**facts_of(record), **labels})
            if record.asked:
                self._meters.refreshed(labels)

    def _within(self, context: Context, record: Record, flow: Flow[T]) -> Flow[T]:
        with _current(set_value(_RECORD, record, context)):
            return (yield from _judged(record, self._watched(record, flow)))

    def _watched(self, record: Record, flow: Flow[T]) -> Flow[T]:
        under_way: list[tuple[Span, Any]] = []

        def before(effect: Effect) -> Effect:
            if isinstance(effect, Spawn):
                source = record.source or record.credential
                renew = partial(self._refreshed, get_current_span(), record.credential, source)
                return Spawn(partial(renew, effect.start))
            if isinstance(effect, Request | Run):
                span = begin(self._tracer, effect, record.sent)
                under_way.append((span, attach(set_span_in_context(span))))
            record.shared = record.shared or isinstance(effect, Wait)
            return effect

        def after(effect: Effect, result: object) -> None:
            if isinstance(effect, Request | Run):
                span, token = under_way.pop()
                if get_current_span() is span:
                    detach(token)
                end(span, result)

        return watched(flow, before, after)


def _judged(record: Record, flow: Flow[T]) -> Flow[T]:
    try:
        result = yield from flow
    except Exception as error:
        record.error, record.outcome = error, kind_of(error)
        raise
    record.outcome = "token"
    return result


def _carried(context: Context, start: Callable[[], Flow[object]]) -> Flow[object]:
    with _current(context):
        return (yield from start())


@contextmanager
def _current(context: Context) -> Iterator[None]:
    """Have a context current for as long as a flow runs."""
    token = attach(context)
    try:
        yield
    finally:
        # A task that is collected half-way may end in anybody's context.
        if get_current() is context:
            detach(token)


def _record() -> Record | None:
    found = get_value(_RECORD)
    return found if isinstance(found, Record) else None


def _close(
    span: Span,
    record: Record,
    attributes: Mapping[str, AttributeValue],
    *,
    is_link: bool = False,
) -> None:
    span.set_attributes(attributes)
    # That there is nothing to sign in with is for the chain to judge: it goes on.
    if record.error is not None and (record.outcome != "unavailable" or not is_link):
        span.set_status(Status(StatusCode.ERROR))
    span.end()
