from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from entrada._drivers.aio import AsyncDriver
from entrada._drivers.sync import SyncDriver
from entrada._engine.effects import Call, Flow, Sleep, Wait
from entrada._engine.flight import Flight, Flights, Lapse
from entrada._engine.world import World


def _slow(result: object) -> Callable[[], Flow[object]]:
    def flow() -> Flow[object]:
        yield Sleep(1)
        if isinstance(result, Exception):
            raise result
        return result

    return flow


def _no_start() -> Flow[object]:
    raise AssertionError("somebody else leads")


def _end(flow: Flow[object], result: object = None) -> object:
    with pytest.raises(StopIteration) as end:
        flow.send(result)
    return end.value.value


def _join(
    flights: Flights[object], start: Callable[[], Flow[object]] = _no_start
) -> tuple[Flow[object], Flight]:
    flow = flights.once("key", start)
    effect = next(flow)
    assert isinstance(effect, Wait)
    return flow, effect.flight


def test_who_comes_second_waits_for_the_first_ones_result() -> None:
    flights: Flights[object] = Flights()
    leader = flights.once("key", _slow("token"))
    assert next(leader) == Sleep(1)
    waiter, flight = _join(flights)

    assert _end(leader) == "token"
    assert flight.result(0) == "token"
    assert _end(waiter, flight.result(0)) == "token"


def test_different_keys_do_not_wait_for_each_other() -> None:
    flights: Flights[object] = Flights()

    assert next(flights.once("a", _slow(1))) == Sleep(1)
    assert next(flights.once("b", _slow(2))) == Sleep(1)


def test_a_flight_is_under_way_until_its_leader_has_landed() -> None:
    flights: Flights[object] = Flights()
    leader = flights.once("key", _slow("token"))
    assert not flights.under_way("key")
    next(leader)
    assert flights.under_way("key")

    _end(leader)

    assert not flights.under_way("key")


def test_waiters_raise_the_leaders_error_each_as_an_object_of_its_own() -> None:
    flights: Flights[object] = Flights()
    problem = OSError(5, "broken")
    leader = flights.once("key", _slow(problem))
    next(leader)
    waiters = [_join(flights) for _ in range(3)]
    with pytest.raises(OSError, match="broken"):
        next(leader)

    raised = []
    for waiter, flight in waiters:
        with pytest.raises(OSError, match="broken") as caught:
            waiter.send(flight.result(0))
        raised.append(caught.value)

    assert len({id(error) for error in [problem, *raised]}) == 4
    assert all(error.__cause__ is problem and error.errno == 5 for error in raised)


class Peculiar(Exception):
    """Cannot be copied by calling its class with its ``args``."""

    def __init__(self, code: int, *, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def test_an_error_with_a_constructor_of_its_own_reaches_the_waiters_too() -> None:
    flights: Flights[object] = Flights()
    leader = flights.once("key", _slow(Peculiar(7, detail="why")))
    next(leader)
    waiter, flight = _join(flights)
    with pytest.raises(Peculiar):
        next(leader)

    with pytest.raises(Peculiar, match="7: why") as caught:
        waiter.send(flight.result(0))

    assert (caught.value.code, caught.value.detail) == (7, "why")


def test_when_the_leader_is_cancelled_the_first_waiter_to_wake_takes_over() -> None:
    flights: Flights[object] = Flights()
    leader = flights.once("key", _slow("lost"))
    next(leader)
    first, flight = _join(flights, _slow("token"))
    second, _ = _join(flights, _slow("never"))
    with pytest.raises(asyncio.CancelledError):
        leader.throw(asyncio.CancelledError())

    assert flight.result(0) is Lapse.ABANDONED
    assert first.send(Lapse.ABANDONED) == Sleep(1)
    waits = second.send(Lapse.ABANDONED)
    assert isinstance(waits, Wait)
    assert _end(first) == "token"
    assert _end(second, waits.flight.result(0)) == "token"


def test_a_leader_that_is_dropped_half_way_is_as_good_as_cancelled() -> None:
    flights: Flights[object] = Flights()
    leader = flights.once("key", _slow("lost"))
    next(leader)
    _, flight = _join(flights)

    leader.close()

    assert flight.result(0) is Lapse.ABANDONED
    assert not flights.under_way("key")


def test_a_waiter_that_gives_up_leaves_leader_and_waiters_alone() -> None:
    flights: Flights[object] = Flights()
    leader = flights.once("key", _slow("token"))
    next(leader)
    quitter, flight = _join(flights)
    waiter, _ = _join(flights)

    with pytest.raises(asyncio.CancelledError):
        quitter.throw(asyncio.CancelledError())

    assert _end(leader) == "token"
    assert _end(waiter, flight.result(0)) == "token"


def test_a_task_that_gives_up_leaves_leader_and_waiters_alone() -> None:
    flights: Flights[object] = Flights()
    driver = AsyncDriver(World.fake())

    async def main() -> object:
        gate = asyncio.Event()

        def slow() -> Flow[object]:
            yield Call(gate.wait)
            return "token"

        def join() -> asyncio.Task[object]:
            return asyncio.create_task(driver.run(flights.once("key", slow)))

        leader, quitter, waiter = join(), join(), join()
        await asyncio.sleep(0)
        quitter.cancel()
        await asyncio.gather(quitter, return_exceptions=True)
        gate.set()
        assert quitter.cancelled()
        return [await leader, await waiter]

    assert asyncio.run(main()) == ["token", "token"]


def test_watchers_hear_of_the_landing_once_whenever_they_ask() -> None:
    flight = Flight()
    heard: list[object] = []
    flight.when_landed(heard.append)
    assert heard == []
    assert not flight.done()

    flight.land("token")
    flight.when_landed(heard.append)

    assert heard == ["token", "token"]
    assert flight.done()


def test_waiting_for_a_flight_ends_in_time() -> None:
    with pytest.raises(TimeoutError):
        Flight().result(0)


def test_a_thread_that_would_wait_for_itself_asks_on_its_own() -> None:
    flights: Flights[object] = Flights()
    driver = SyncDriver(World.fake())

    def outer() -> Flow[object]:
        return (yield Call(lambda: driver.run(flights.once("key", _slow("inner")))))

    assert driver.run(flights.once("key", outer)) == "inner"


def test_a_task_that_would_wait_for_itself_asks_on_its_own() -> None:
    flights: Flights[object] = Flights()
    driver = AsyncDriver(World.fake())

    async def inner() -> object:
        return await driver.run(flights.once("key", _slow("inner")))

    def outer() -> Flow[object]:
        return (yield Call(inner))

    assert asyncio.run(driver.run(flights.once("key", outer))) == "inner"


def test_a_thread_that_a_task_waits_for_asks_on_its_own() -> None:
    flights: Flights[object] = Flights()
    driver = AsyncDriver(World.fake())

    def in_a_worker_thread() -> object:
        return asyncio.run(driver.run(flights.once("key", _slow("inner"))))

    def outer() -> Flow[object]:
        return (yield Call(in_a_worker_thread))

    assert asyncio.run(driver.run(flights.once("key", outer))) == "inner"


def test_a_blocking_call_on_a_loops_thread_does_not_wait_for_that_loops_task() -> None:
    flights: Flights[object] = Flights()
    world = World.fake()

    async def main() -> list[object]:
        shared = asyncio.create_task(AsyncDriver(world).run(flights.once("key", _slow("task"))))
        await asyncio.sleep(0)
        assert flights.under_way("key")
        blocking = SyncDriver(world).run(flights.once("key", _slow("thread")))
        return [blocking, await shared]

    assert asyncio.run(main()) == ["thread", "task"]


def test_a_flight_whose_event_loop_stands_still_is_taken_over() -> None:
    flights: Flights[object] = Flights()

    async def lead() -> Flow[object]:
        flow = flights.once("key", _slow("stranded"))
        next(flow)
        return flow

    loop = asyncio.new_event_loop()
    stranded = loop.run_until_complete(lead())
    loop.close()

    assert not flights.under_way("key")
    successor = flights.once("key", _slow("token"))
    assert next(successor) == Sleep(1)
    assert flights.under_way("key")
    stranded.close()
    assert flights.under_way("key"), "the old leader's end is not the new one's"
    assert _end(successor) == "token"


def test_a_flight_led_by_a_thread_without_a_loop_is_never_stranded() -> None:
    flights: Flights[object] = Flights()
    leader = flights.once("key", _slow("token"))
    thread = threading.Thread(target=lambda: next(leader))
    thread.start()
    thread.join()

    _, flight = _join(flights)

    assert not flight.stranded
