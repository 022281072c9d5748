"""The driver for asyncio: waits on the running loop, blocking work goes to worker threads.

It holds nothing that belongs to a loop except the tasks it spawned, so one credential serves any
number of loops in turn or at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from typing import Any

from entrada._drivers.background import Job, Workers
from entrada._drivers.default import DefaultTransport
from entrada._engine.drive import arun, runs_here
from entrada._engine.effects import (
    Call,
    Effect,
    Flow,
    Prompt,
    Request,
    Run,
    Sleep,
    Spawn,
    T,
    Wait,
)
from entrada._engine.flight import Lapse
from entrada._engine.world import World

_BLOCKING = Workers(64)
"""The threads in which this process waits for what blocks.

Unlike those of a loop's own executor they keep neither ``asyncio.run`` nor the process from ending
while a server does not answer.
"""


class AsyncDriver:
    """Runs flows in the calling task; spawned flows get a task of their own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._transport = DefaultTransport(world.env)
        self._tasks: set[asyncio.Task[object]] = set()
        self._verbs: dict[type[Any], Callable[[Any], Awaitable[object]]] = {
            Request: self._request,
            Sleep: self._sleep,
            Run: self._run,
            Call: _call,
            Wait: _wait,
            Spawn: self._spawn,
            Prompt: _prompt,
        }

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end."""
        return await arun(flow, self.perform)

    def perform(self, effect: Effect) -> Awaitable[object]:
        """Do what an effect asks for."""
        return self._verbs[type(effect)](effect)

    async def close(self) -> None:
        """End background work of this loop and close connections; the driver can be used again."""
        here = asyncio.get_running_loop()
        tasks = [task for task in tuple(self._tasks) if task.get_loop() is here]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._transport.close()

    async def _request(self, request: Request) -> object:
        return await _apart(request.via or self._transport, request)

    async def _sleep(self, effect: Sleep) -> None:
        if self._world.sleep is not None:
            self._world.sleep(effect.seconds)
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(effect.seconds)

    async def _run(self, effect: Run) -> object:
        return await _aside(self._world.run, effect)

    async def _spawn(self, effect: Spawn) -> None:
        for left in tuple(self._tasks):
            if left.get_loop().is_closed():
                self._tasks.discard(left)
        task: asyncio.Task[object] = asyncio.create_task(self.run(effect.start()))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        with contextlib.suppress(asyncio.CancelledError):
            task.exception()  # looked at, so that asyncio does not print it


async def _call(effect: Call) -> object:
    return await _apart(effect.function)


async def _apart(function: Callable[..., object], *arguments: object) -> object:
    """Await an async function here; call any other in a worker thread."""
    if iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__):
        result = function(*arguments)
    else:
        result = await _aside(function, *arguments)
    return await result if isawaitable(result) else result


async def _aside(function: Callable[..., object], *arguments: object) -> object:
    """Call a function in a worker thread, within this task's context."""
    future: Future[object] = Future()
    work = partial(copy_context().run, function, *arguments)
    if not _BLOCKING.submit(Job(partial(_settle, future, work))):
        raise RuntimeError("can't start new thread")
    return await asyncio.wrap_future(future)


def _settle(future: Future[object], work: Callable[[], object]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whoever awaits it decides what it means
        future.set_exception(error)
    else:
        future.set_result(result)


async def _prompt(effect: Prompt) -> object:
    return effect.show()


async def _wait(effect: Wait) -> object:
    flight = effect.flight
    if flight.run in runs_here() and not flight.done():
        return Lapse.ALONE
    landing: Future[object] = Future()
    # A running future refuses cancel(), so that landing may set it though the waiter gave up.
    landing.set_running_or_notify_cancel()
    flight.when_landed(landing.set_result)
    return await asyncio.wait_for(asyncio.wrap_future(landing), effect.timeout)
