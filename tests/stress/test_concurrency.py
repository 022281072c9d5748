"""Many callers at once: threads, tasks, loops, forks. No test sleeps to let others catch up.

An :class:`Issuer` holds every token request until the test lets it go, and counts; drivers that
count the effects they perform say how many callers wait for somebody else's request.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from entrada import (
    AuthenticationRejectedError,
    ClientAssertionCredential,
    ClientSecretCredential,
)
from entrada._drivers.aio import AsyncDriver
from entrada._drivers.background import Background, Closed
from entrada._drivers.sync import SyncDriver
from entrada._engine.effects import Effect, Flow, Sleep, Spawn, Wait
from entrada._engine.flight import Flights
from entrada._engine.world import FakeClock, World
from entrada.aio import ChainedTokenCredential as AsyncChainedTokenCredential
from entrada.aio import ClientAssertionCredential as AsyncClientAssertionCredential
from entrada.aio import ClientSecretCredential as AsyncClientSecretCredential
from entrada.testing import Request, Response, json_response, token_response

SCOPE = "https://storage.azure.com/.default"
ARGUMENTS: Any = ("contoso.example", "app", "secret")
PATIENCE = 20.0
"""Seconds after which a test that hangs fails: nothing here waits for as long as that."""


class Issuer:
    """A transport that holds requests while it is ``closed``; the n-th gives the token ``t<n>``."""

    def __init__(self, *, held: bool = True) -> None:
        self.open = threading.Event()
        self.reached = threading.Semaphore(0)
        self.answers: list[Response] = []
        self._lock = threading.Lock()
        self.requests = 0
        if not held:
            self.open.set()

    def __call__(self, _: Request) -> Response:
        with self._lock:
            self.requests += 1
            count = self.requests
        self.reached.release()
        assert self.open.wait(PATIENCE)
        return self.answers.pop(0) if self.answers else token_response(f"t{count}")

    def wait_until_asked(self) -> None:
        assert self.reached.acquire(timeout=PATIENCE)


class Counter:
    """Counts the effects of one kind and says when there were so many."""

    def __init__(self, kind: type, goal: int) -> None:
        self._kind, self._missing = kind, goal
        self._lock = threading.Lock()
        self.reached = threading.Event()

    def see(self, effect: Effect) -> None:
        with self._lock:
            self._missing -= isinstance(effect, self._kind)
            if self._missing <= 0:
                self.reached.set()


def _sync(issuer: Issuer, clock: FakeClock | None = None) -> ClientSecretCredential:
    return ClientSecretCredential(*ARGUMENTS, transport=issuer, world=World.fake(clock=clock))


def _async(issuer: Issuer, clock: FakeClock | None = None) -> AsyncClientSecretCredential:
    return AsyncClientSecretCredential(*ARGUMENTS, transport=issuer, world=World.fake(clock=clock))


def _counting(credential: Any, counter: Counter) -> None:
    """Have a credential's driver show its effects to a counter."""
    kind: Any = AsyncDriver if credential.asynchronous else SyncDriver

    class Shown(kind):  # type: ignore[misc]
        def perform(self, effect: Effect) -> Any:
            counter.see(effect)
            return super().perform(effect)

    credential.part("driver", lambda: Shown(credential.world))


def _in_threads(count: int, work: Callable[[], object]) -> list[Future[object]]:
    """Start work in so many threads, all past the same gate at once."""
    gate = threading.Barrier(count)

    def one() -> object:
        gate.wait(PATIENCE)
        return work()

    pool = ThreadPoolExecutor(count)
    futures = [pool.submit(one) for _ in range(count)]
    pool.shutdown(wait=False)
    return futures


def _results(futures: list[Future[object]]) -> list[object]:
    return [future.result(PATIENCE) for future in futures]


def _script(source: str, *options: str) -> str:
    """Run a script in a fresh process and return what it prints; nothing may reach stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.strip()


# One request, however many ask


def test_64_threads_on_a_cold_credential_make_one_request() -> None:
    issuer = Issuer()
    credential = _sync(issuer)
    futures = _in_threads(64, lambda: credential.get_token(SCOPE).token)
    issuer.wait_until_asked()
    issuer.open.set()

    assert _results(futures) == ["t1"] * 64
    assert issuer.requests == 1


def test_500_tasks_on_a_cold_credential_make_one_request() -> None:
    issuer = Issuer(held=False)
    credential = _async(issuer)

    async def main() -> list[str]:
        tokens = await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(500)))
        return [token.token for token in tokens]

    assert asyncio.run(main()) == ["t1"] * 500
    assert issuer.requests == 1


def test_20_event_loops_over_one_async_credential_make_one_request() -> None:
    issuer = Issuer()
    credential = _async(issuer)

    async def main() -> list[str]:
        tokens = await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(5)))
        return [token.token for token in tokens]

    futures = _in_threads(20, lambda: asyncio.run(main()))
    issuer.wait_until_asked()
    issuer.open.set()

    assert _results(futures) == [["t1"] * 5] * 20
    assert issuer.requests == 1


def test_threads_and_event_loops_that_share_a_link_make_one_request() -> None:
    issuer = Issuer()
    shared = _sync(issuer)
    chains = [AsyncChainedTokenCredential(shared, world=shared.world) for _ in range(10)]
    takers = iter(chains)

    def work() -> str:
        chain = next(takers, None)
        if chain is None:
            return shared.get_token(SCOPE).token

        async def main() -> str:
            return (await chain.get_token(SCOPE)).token

        return asyncio.run(main())

    futures = _in_threads(30, work)
    issuer.wait_until_asked()
    issuer.open.set()

    assert _results(futures) == ["t1"] * 30
    assert issuer.requests == 1


def test_the_first_callers_of_a_fresh_process_make_one_request_though_modules_are_loading() -> None:
    printed = _script(
        """
        import sys, threading
        sys.setswitchinterval(1e-6)
        from entrada import ClientSecretCredential
        from entrada.testing import token_response

        requests, gate = [], threading.Barrier(32)
        def transport(request):
            requests.append(request)
            return token_response()
        def work():
            gate.wait()
            credential.get_token("https://storage.azure.com/.default")

        credential = ClientSecretCredential("t", "c", "s", transport=transport)
        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(len(requests))
        """
    )

    assert printed == "1"


def test_different_scopes_do_not_wait_for_each_other() -> None:
    issuer = Issuer()
    credential = _sync(issuer)
    scopes = iter([SCOPE, "https://vault.azure.net/.default"])
    futures = _in_threads(2, lambda: credential.get_token(next(scopes)).token)
    issuer.wait_until_asked()
    issuer.wait_until_asked()
    issuer.open.set()

    assert sorted(map(str, _results(futures))) == ["t1", "t2"]


# Failures


def test_64_threads_get_one_refusal_each_as_an_error_of_its_own() -> None:
    issuer = Issuer()
    issuer.answers = [json_response({"error": "invalid_client"}, 401)]
    credential = _sync(issuer)
    counter = Counter(Wait, 63)
    _counting(credential, counter)

    def work() -> BaseException | None:
        with pytest.raises(AuthenticationRejectedError) as caught:
            credential.get_token(SCOPE)
        return caught.value

    futures = _in_threads(64, work)
    assert counter.reached.wait(PATIENCE)
    issuer.open.set()
    errors = _results(futures)

    assert len({id(error) for error in errors}) == 64
    assert {str(error) for error in errors} == {str(errors[0])}
    assert issuer.requests == 1


def test_100_tasks_get_one_refusal_each_as_an_error_of_its_own() -> None:
    issuer = Issuer(held=False)
    issuer.answers = [json_response({"error": "invalid_client"}, 401)]
    credential = _async(issuer)

    async def main() -> list[Any]:
        asked = (credential.get_token(SCOPE) for _ in range(100))
        return await asyncio.gather(*asked, return_exceptions=True)

    errors = asyncio.run(main())

    assert {type(error) for error in errors} == {AuthenticationRejectedError}
    assert len({id(error) for error in errors}) == 100
    assert issuer.requests == 1


# Cancellation


def _ask_in_a_task(credential: Any) -> asyncio.Task[Any]:
    return asyncio.create_task(credential.get_token(SCOPE))


async def _until_set(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, PATIENCE)


def test_a_cancelled_leader_hands_over_to_one_of_the_waiters() -> None:
    issuer = Issuer()
    credential = _async(issuer)
    counter = Counter(Wait, 10)
    _counting(credential, counter)

    async def main() -> list[str]:
        leader = _ask_in_a_task(credential)
        await asyncio.to_thread(issuer.wait_until_asked)
        waiters = [_ask_in_a_task(credential) for _ in range(10)]
        await _until_set(counter.reached)
        leader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leader
        await asyncio.to_thread(issuer.wait_until_asked)
        issuer.open.set()
        return [(await waiter).token for waiter in waiters]

    assert asyncio.run(main()) == ["t2"] * 10
    assert issuer.requests == 2


def test_a_cancelled_waiter_cancels_nobody_else() -> None:
    issuer = Issuer()
    credential = _async(issuer)
    counter = Counter(Wait, 2)
    _counting(credential, counter)

    async def main() -> list[str]:
        leader = _ask_in_a_task(credential)
        await asyncio.to_thread(issuer.wait_until_asked)
        quitter, waiter = _ask_in_a_task(credential), _ask_in_a_task(credential)
        await _until_set(counter.reached)
        quitter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await quitter
        issuer.open.set()
        return [(await leader).token, (await waiter).token]

    assert asyncio.run(main()) == ["t1", "t1"]
    assert issuer.requests == 1


def test_a_callers_own_time_limit_ends_its_wait_and_no_more() -> None:
    issuer = Issuer()
    credential = _async(issuer)

    async def main() -> str:
        leader = _ask_in_a_task(credential)
        await asyncio.to_thread(issuer.wait_until_asked)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(credential.get_token(SCOPE), 0.01)
        issuer.open.set()
        return str((await leader).token)

    assert asyncio.run(main()) == "t1"


# Renewal behind the callers' backs


def test_past_refresh_on_threads_are_served_at_once_while_one_renewal_is_under_way() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    credential = _sync(issuer, clock)
    credential.get_token(SCOPE)
    issuer.wait_until_asked()
    issuer.open.clear()
    clock.advance(2800)

    served = _results(_in_threads(32, lambda: credential.get_token(SCOPE).token))

    assert served == ["t1"] * 32
    issuer.wait_until_asked()
    assert credential.get_token(SCOPE).token == "t1"
    issuer.open.set()
    credential.close()
    assert credential.get_token(SCOPE).token == "t2"
    assert issuer.requests == 2


def test_past_refresh_on_tasks_are_served_at_once_while_one_renewal_is_under_way() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    credential = _async(issuer, clock)

    async def main() -> tuple[set[str], str]:
        await credential.get_token(SCOPE)
        issuer.wait_until_asked()
        issuer.open.clear()
        clock.advance(2800)
        served = await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(100)))
        await asyncio.to_thread(issuer.wait_until_asked)
        issuer.open.set()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        return {token.token for token in served}, (await credential.get_token(SCOPE)).token

    assert asyncio.run(main()) == ({"t1"}, "t2")
    assert issuer.requests == 2


def test_a_failed_background_renewal_is_put_off_and_the_token_stays() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    issuer.answers = [token_response("t1"), json_response({"error": "invalid_client"}, 401)]
    credential = _sync(issuer, clock)
    credential.get_token(SCOPE)
    clock.advance(2800)

    assert credential.get_token(SCOPE).token == "t1"
    credential.close()
    assert {credential.get_token(SCOPE).token for _ in range(20)} == {"t1"}
    credential.close()
    assert issuer.requests == 2
    clock.advance(31)
    credential.get_token(SCOPE)
    credential.close()
    assert credential.get_token(SCOPE).token == "t3"


def test_where_the_process_has_no_thread_to_give_a_stale_token_is_served_all_the_same() -> None:
    printed = _script(
        """
        import threading
        from entrada import ClientSecretCredential
        from entrada.testing import FakeClock, World, token_response

        clock = FakeClock()
        credential = ClientSecretCredential(
            "t", "c", "s", world=World.fake(clock=clock), transport=lambda _: token_response("t1"))
        credential.get_token("https://storage.azure.com/.default")
        clock.advance(2800)
        class NoThread(threading.Thread):
            def start(self):
                raise RuntimeError("can't start new thread")
        threading.Thread = NoThread
        print(credential.get_token("https://storage.azure.com/.default").token)
        credential.close()
        """
    )

    assert printed == "t1"


# Closing


def test_close_ends_a_background_renewal_that_sleeps_between_its_tries() -> None:
    background = Background()
    asleep, ended = threading.Event(), threading.Event()

    def work() -> None:
        try:
            asleep.set()
            background.pause(PATIENCE)
        except Closed:
            ended.set()
            raise

    background.start(work)
    assert asleep.wait(PATIENCE)
    background.close()

    assert ended.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "entrada"]


def test_after_close_background_work_sleeps_as_before() -> None:
    background = Background()
    background.close()
    slept = threading.Event()

    def work() -> None:
        background.pause(0.001)
        slept.set()

    background.start(work)

    assert slept.wait(PATIENCE)
    background.close()


def test_who_waits_for_a_renewal_that_close_ends_takes_over() -> None:
    flights: Flights[object] = Flights()
    driver = SyncDriver(World.real())
    asleep = threading.Event()

    def sleepy() -> Flow[object]:
        asleep.set()
        yield Sleep(PATIENCE)
        return "never"

    def prompt() -> Flow[object]:
        yield from ()
        return "taken over"

    def spawn() -> Flow[None]:
        yield Spawn(lambda: flights.once("key", sleepy))

    driver.run(spawn())
    assert asleep.wait(PATIENCE)
    counter = Counter(Wait, 1)

    class Shown(SyncDriver):
        def perform(self, effect: Effect) -> object:
            counter.see(effect)
            return super().perform(effect)

    [future] = _in_threads(1, lambda: Shown(World.real()).run(flights.once("key", prompt)))
    assert counter.reached.wait(PATIENCE)
    driver.close()

    assert future.result(PATIENCE) == "taken over"


def test_close_within_the_background_does_not_wait_for_itself() -> None:
    background, closed = Background(), threading.Event()

    def work() -> None:
        background.close()
        closed.set()

    background.start(work)

    assert closed.wait(PATIENCE)


SERVER = """
import http.server, threading

class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b'{"access_token": "t", "expires_in": 3600}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
env = {
    "IDENTITY_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}/msi",
    "IDENTITY_HEADER": "x",
}
SCOPE = "https://storage.azure.com/.default"
def stop():
    server.shutdown()
    server.server_close()
"""


def _served(source: str) -> str:
    return _script(SERVER + textwrap.dedent(source))


def test_close_leaves_no_thread_and_no_socket() -> None:
    printed = _served(
        """
        import gc
        from entrada import ManagedIdentityCredential
        from entrada.testing import FakeClock, World
        clock = FakeClock()
        world = World.fake(env, clock=clock)._replace(sleep=None)
        credential = ManagedIdentityCredential(world=world)
        credential.get_token(SCOPE)
        clock.advance(2800)
        credential.get_token(SCOPE)
        credential.close()
        print([thread.name for thread in threading.enumerate() if thread.name == "entrada"])
        del credential
        gc.collect()
        stop()
        """
    )

    assert printed == "[]"


def test_an_async_close_leaves_no_task_thread_or_socket() -> None:
    printed = _served(
        """
        import asyncio, gc
        from entrada.aio import ManagedIdentityCredential
        from entrada.testing import FakeClock, World
        clock = FakeClock()
        async def main():
            async with ManagedIdentityCredential(world=World.fake(env, clock=clock)) as credential:
                await credential.get_token(SCOPE)
                clock.advance(2800)
                await credential.get_token(SCOPE)
            print(len(asyncio.all_tasks()) - 1)
        asyncio.run(main(), debug=True)
        gc.collect()
        stop()
        """
    )

    assert printed == "0"


def test_a_credential_that_is_dropped_without_close_closes_its_connections() -> None:
    _served(
        """
        import gc
        from entrada import ManagedIdentityCredential
        from entrada.testing import World
        ManagedIdentityCredential(world=World.fake(env)).get_token(SCOPE)
        gc.collect()
        kept = ManagedIdentityCredential(world=World.fake(env))
        kept.get_token(SCOPE)
        stop()
        """
    )


# Loops in turn, loops that end, loops below


def test_three_event_loops_in_turn_use_one_async_credential_and_its_connection() -> None:
    printed = _served(
        """
        import asyncio
        from entrada.aio import ManagedIdentityCredential
        from entrada.testing import FakeClock, World
        clock = FakeClock()
        credential = ManagedIdentityCredential(world=World.fake(env, clock=clock))
        async def main():
            return (await credential.get_token(SCOPE)).token
        for _ in range(3):
            print(asyncio.run(main()), end="")
            clock.advance(4000)
        asyncio.run(credential.close())
        stop()
        """
    )

    assert printed == "ttt"


def test_a_renewal_left_behind_in_a_loop_that_ended_blocks_nobody() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    credential = _async(issuer, clock)

    async def ask() -> str:
        return (await credential.get_token(SCOPE)).token

    assert asyncio.run(ask()) == "t1"
    clock.advance(2800)
    issuer.open.clear()
    loop = asyncio.new_event_loop()
    tasks: set[asyncio.Task[Any]] = set()
    try:
        assert loop.run_until_complete(ask()) == "t1"
        tasks = asyncio.all_tasks(loop)
        assert len(tasks) == 1, "the renewal is under way, and its loop stands still"
        issuer.open.set()
        clock.advance(700)

        async def ask_in_time() -> str:
            return await asyncio.wait_for(ask(), PATIENCE)

        assert asyncio.run(ask_in_time()) in ("t2", "t3")
    finally:
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def test_work_left_behind_in_a_closed_loop_is_let_go() -> None:
    driver, ended = AsyncDriver(World.real()), threading.Event()

    def endless() -> Flow[None]:
        try:
            yield Sleep(PATIENCE)
        finally:
            ended.set()

    def spawn() -> Flow[None]:
        yield Spawn(endless)

    async def begin() -> None:
        await driver.run(spawn())
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # asyncio reports a pending task that is dropped
    loop.run_until_complete(begin())
    loop.close()
    asyncio.run(begin())
    ended.clear()
    del loop
    gc.collect()

    assert ended.is_set()


def test_a_blocking_call_inside_a_running_loop_does_not_deadlock() -> None:
    credential = _sync(Issuer(held=False))

    async def main() -> str:
        return credential.get_token(SCOPE).token

    assert asyncio.run(main()) == "t1"


def test_a_blocking_call_on_a_loops_thread_does_not_wait_for_a_task_of_that_loop() -> None:
    issuer = Issuer()
    shared = _sync(issuer)
    chain = AsyncChainedTokenCredential(shared, world=shared.world)

    async def main() -> list[str]:
        in_a_task = asyncio.create_task(chain.get_token(SCOPE))
        await asyncio.to_thread(issuer.wait_until_asked)
        issuer.open.set()
        blocking = shared.get_token(SCOPE).token
        return [blocking, (await in_a_task).token]

    assert asyncio.run(main()) == ["t2", "t1"]


# Re-entrance


def test_an_assertion_function_may_use_the_credential_that_called_it() -> None:
    issuer = Issuer(held=False)
    depth: list[int] = []

    def func() -> str:
        depth.append(len(depth))
        if len(depth) == 1:
            credential.get_token(SCOPE)
            credential.get_token("https://vault.azure.net/.default")
        return "assertion"

    credential = ClientAssertionCredential(
        "contoso.example", "app", func, transport=issuer, world=World.fake()
    )

    assert credential.get_token(SCOPE).token == "t3"
    assert len(depth) == 3


def test_an_async_assertion_function_may_use_the_credential_that_called_it() -> None:
    issuer = Issuer(held=False)
    depth: list[int] = []

    async def func() -> str:
        depth.append(len(depth))
        if len(depth) == 1:
            await credential.get_token(SCOPE)
        return "assertion"

    credential = AsyncClientAssertionCredential(
        "contoso.example", "app", func, transport=issuer, world=World.fake()
    )

    async def main() -> str:
        return (await asyncio.wait_for(credential.get_token(SCOPE), PATIENCE)).token

    assert asyncio.run(main()) == "t2"


# Forks

pytestmark: list[Any] = []
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")


@needs_fork
def test_a_forked_child_does_not_wait_for_its_parents_request() -> None:
    printed = _script(
        """
        import os, threading
        from entrada import ClientSecretCredential
        from entrada.testing import token_response
        SCOPE = "https://storage.azure.com/.default"
        parent, asked, go = os.getpid(), threading.Event(), threading.Event()
        def transport(_):
            if os.getpid() == parent:
                asked.set()
                go.wait()
            return token_response("parent" if os.getpid() == parent else "child")
        credential = ClientSecretCredential("t", "c", "s", transport=transport)
        thread = threading.Thread(target=credential.get_token, args=(SCOPE,))
        thread.start()
        asked.wait()
        child = os.fork()
        if child == 0:
            print(credential.get_token(SCOPE).token, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        go.set()
        thread.join()
        print(credential.get_token(SCOPE).token)
        """,
        "-W",
        "ignore::DeprecationWarning",
    )

    assert printed.split() == ["child", "parent"]


@needs_fork
def test_a_forked_child_uses_connections_and_threads_of_its_own() -> None:
    printed = _served(
        """
        import gc, os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from entrada import ManagedIdentityCredential
        from entrada.testing import FakeClock, World
        clock = FakeClock()
        credential = ManagedIdentityCredential(
            world=World.fake(env, clock=clock)._replace(sleep=None))
        credential.get_token(SCOPE)
        clock.advance(4000)
        child = os.fork()
        if child == 0:
            credential.get_token(SCOPE)
            credential.close()
            gc.collect()
            print("child", flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        print(credential.get_token(SCOPE).token)
        credential.close()
        stop()
        """
    )

    assert printed.split() == ["child", "t"]


@needs_fork
def test_a_forked_child_closes_at_once_though_its_parent_renews() -> None:
    printed = _script(
        """
        import os, threading
        from entrada import ClientSecretCredential
        from entrada.testing import FakeClock, World, token_response
        SCOPE = "https://storage.azure.com/.default"
        clock, asked, go = FakeClock(), threading.Event(), threading.Event()
        go.set()
        def transport(_):
            asked.set()
            go.wait()
            return token_response("t")
        credential = ClientSecretCredential(
            "t", "c", "s", transport=transport, world=World.fake(clock=clock))
        credential.get_token(SCOPE)
        clock.advance(2800)
        asked.clear(), go.clear()
        credential.get_token(SCOPE)
        asked.wait()
        child = os.fork()
        if child == 0:
            credential.close()
            print("closed", flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        go.set()
        credential.close()
        """,
        "-W",
        "ignore::DeprecationWarning",
    )

    assert printed == "closed"
