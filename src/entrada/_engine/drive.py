"""The two loops that run a flow: one for threads, one for asyncio.

They know nothing of what an effect means; ``perform`` does. The loops are the same statement for
statement, since a coroutine cannot be driven by a plain function; the async one also marks its
context, since a thread is known by its number and a task is not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from entrada._engine.effects import Effect, Flow, T

_runs: ContextVar[tuple[object, ...]] = ContextVar("entrada_runs", default=())


def runs_here() -> tuple[object, ...]:
    """Return marks of the flows of this task, and of those that wait for it: innermost last."""
    return _runs.get()


def run(flow: Flow[T], perform: Callable[[Effect], object]) -> T:
    """Run a flow to its end on this thread and return its result."""
    value: object = None
    error: BaseException | None = None
    try:
        while True:
            effect = flow.send(value) if error is None else flow.throw(error)
            try:
                value, error = perform(effect), None
            except BaseException as raised:  # noqa: BLE001 - the flow decides what it means
                error = raised
    except StopIteration as done:
        result: T = done.value
        return result


async def arun(flow: Flow[T], perform: Callable[[Effect], Awaitable[object]]) -> T:
    """Run a flow to its end in this task and return its result."""
    outer = _runs.get()
    here = (*outer, object())
    _runs.set(here)
    value: object = None
    error: BaseException | None = None
    try:
        while True:
            effect = flow.send(value) if error is None else flow.throw(error)
            try:
                value, error = await perform(effect), None
            except BaseException as raised:  # noqa: BLE001 - the flow decides what it means
                error = raised
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        # A task that is collected half-way may end in anybody's context.
        if _runs.get() is here:
            _runs.set(outer)
