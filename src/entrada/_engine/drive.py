"""The two loops that run a flow: one for threads, one for asyncio.

They know nothing of what an effect means; ``perform`` does. The loops are the same statement for
statement, since a coroutine cannot be driven by a plain function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from entrada._engine.effects import Effect, Flow, T


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
