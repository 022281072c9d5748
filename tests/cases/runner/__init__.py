"""Runs the cases: one TOML file each, in a folder for each credential.

A case says what a credential is given (``arguments``, ``env``, ``files``, ``programs``), what is
asked of it, each request that it may send with its answer (``exchange``), and what has to come of
it (``expect``); ``then`` holds further calls of the same credential. ``case.py`` lists the keys.
"""

from cases.runner.case import Case, all_cases
from cases.runner.expect import check
from cases.runner.play import Played, play

__all__ = ["Case", "Played", "all_cases", "check", "play"]
