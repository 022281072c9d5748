from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from entrada._engine.drive import arun, run
from entrada._engine.effects import (
    Call,
    Completed,
    Effect,
    Flow,
    Request,
    Response,
    Run,
    Sleep,
    call,
    execute,
    pause,
    send,
)

Perform = Callable[[Effect], object]


def _run_async(flow: Flow[object], perform: Perform) -> object:
    async def answer(effect: Effect) -> object:
        return perform(effect)

    return asyncio.run(arun(flow, answer))


def _run_sync(flow: Flow[object], perform: Perform) -> object:
    return run(flow, perform)


both = pytest.mark.parametrize("drive", [_run_sync, _run_async], ids=["sync", "async"])
Drive = Callable[[Flow[object], Perform], object]


@both
def test_a_flow_gets_the_result_of_each_effect_in_order(drive: Drive) -> None:
    def flow() -> Flow[object]:
        first = yield Sleep(1)
        second = yield Sleep(2)
        return first, second

    assert drive(flow(), lambda effect: effect) == (Sleep(1), Sleep(2))


@both
def test_a_flow_without_effects_ends_at_once(drive: Drive) -> None:
    def flow() -> Flow[object]:
        yield from ()
        return "done"

    def perform(_: Effect) -> object:
        raise AssertionError("nothing to perform")

    assert drive(flow(), perform) == "done"


@both
def test_a_flow_may_catch_what_an_effect_raises_and_go_on(drive: Drive) -> None:
    def flow() -> Flow[object]:
        try:
            yield Sleep(1)
        except OSError as error:
            said = str(error)
            return (yield Call(lambda: said))
        return "not reached"

    def perform(effect: Effect) -> object:
        if isinstance(effect, Call):
            return effect.function()
        raise OSError("no")

    assert drive(flow(), perform) == "no"


@both
def test_an_error_that_a_flow_does_not_catch_is_raised_as_it_is(drive: Drive) -> None:
    problem = OSError("no")

    def perform(_: Effect) -> object:
        raise problem

    with pytest.raises(OSError, match="no") as caught:
        drive(pause(1), perform)
    assert caught.value is problem


@both
def test_a_flow_is_told_of_an_interruption_and_can_clean_up(drive: Drive) -> None:
    cleaned: list[str] = []

    def flow() -> Flow[object]:
        try:
            return (yield Sleep(1))
        finally:
            cleaned.append("yes")

    def perform(_: Effect) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drive(flow(), perform)
    assert cleaned == ["yes"]


@both
def test_a_stray_stop_iteration_of_an_effect_is_not_taken_for_the_flows_end(drive: Drive) -> None:
    def perform(_: Effect) -> object:
        raise StopIteration

    with pytest.raises(RuntimeError):
        drive(pause(1), perform)


def test_a_cancelled_task_throws_the_cancellation_into_its_flow() -> None:
    seen: list[type[BaseException]] = []

    def flow() -> Flow[object]:
        try:
            return (yield Sleep(1))
        except BaseException as error:
            seen.append(type(error))
            raise

    async def never(_: Effect) -> object:
        return await asyncio.get_running_loop().create_future()

    async def main() -> None:
        task = asyncio.create_task(arun(flow(), never))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert seen == [asyncio.CancelledError]


def test_the_typed_helpers_yield_one_effect_and_return_its_result() -> None:
    request, program = Request("GET", "http://x/"), Run(("az",))

    assert run(send(request), lambda _: Response(200)) == Response(200)
    assert run(execute(program), lambda _: Completed(0)) == Completed(0)
    assert run(call(lambda: 7), lambda effect: effect.function()) == 7  # type: ignore[union-attr]
    assert run(pause(3), lambda effect: effect) is None


def test_requests_responses_and_programs_do_not_show_what_may_be_secret() -> None:
    shown = repr(
        (
            Request("POST", "https://x/", {"X-IDENTITY-HEADER": "hush"}, b"client_secret=hush"),
            Response(200, {"x": "hush"}, b"hush"),
            Completed(0, "hush", "hush"),
        )
    )

    assert "hush" not in shown
    assert "https://x/" in shown
