"""Seed files: what a local cloud has from the start, written down as TOML.

``read_seed`` turns a file into a :class:`Seed`, ``apply_seed`` a seed into the state of a cloud.
"""

from __future__ import annotations

from entrada.local.seeding.apply import Seeded, apply_seed
from entrada.local.seeding.kept import KIND, kept_seed
from entrada.local.seeding.read import read_seed
from entrada.local.seeding.seed import Seed, SeedError

__all__ = ["KIND", "Seed", "SeedError", "Seeded", "apply_seed", "kept_seed", "read_seed"]
