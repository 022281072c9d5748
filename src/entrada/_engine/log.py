"""The package's log, ``entrada``, which loads ``logging`` only where somebody may be listening.

A process that has not loaded it has set no level and no handler, so nothing below a warning would
be shown; loading it would cost a first token 5 ms.
"""

from __future__ import annotations

import sys


def debug(message: str, *values: object) -> None:
    """Log what helps to find out why."""
    if "logging" in sys.modules:
        from logging import getLogger

        getLogger("entrada").debug(message, *values, stacklevel=2)


def info(message: str, *values: object) -> None:
    """Log what happened."""
    if "logging" in sys.modules:
        from logging import getLogger

        getLogger("entrada").info(message, *values, stacklevel=2)


def warning(message: str, *values: object) -> None:
    """Log what somebody should know of, on standard error where no handler is set."""
    from logging import getLogger

    getLogger("entrada").warning(message, *values, stacklevel=2)
