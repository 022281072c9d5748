"""Ctrl-C for programs that a test starts, however the test itself was started."""

from __future__ import annotations

import signal


def heed_interrupts() -> None:
    """Undo what shells do to programs in the background, which hand on that Ctrl-C is ignored.

    It is for ``preexec_fn`` of :class:`subprocess.Popen`.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
