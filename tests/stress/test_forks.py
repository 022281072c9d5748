"""A forked child shares neither requests nor connections nor threads with its parent."""

from __future__ import annotations

import os

import pytest
from callers import run_script, run_served

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")


@needs_fork
def test_a_forked_child_does_not_wait_for_its_parents_request() -> None:
    printed = run_script(
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
    printed = run_served(
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
    printed = run_script(
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
