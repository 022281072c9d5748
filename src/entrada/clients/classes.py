"""Client classes by their public dotted names, and the two colours of one client.

``azure.storage.blob.BlobServiceClient`` and the class of that name in ``azure.storage.blob.aio``
are one kind of client; the name without ``aio`` is the kind's.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from entrada._config.tree import Mistake, Origin, unknown
from entrada.clients.kinds import known


class ClassName(NamedTuple):
    """A kind's dotted name, and of which colour a class of it is."""

    dotted: str
    asynchronous: bool


@lru_cache(maxsize=256)
def class_name(cls: type) -> ClassName:
    """Return the name by which users import a class: in the shortest package that shows it."""
    parts = cls.__module__.split(".")
    name = cls.__name__
    for length in range(1, len(parts) + 1):
        module = ".".join(parts[:length])
        if getattr(sys.modules.get(module), name, None) is cls:
            parts = parts[:length]
            break
    asynchronous = "aio" in parts or (hasattr(cls, "__aenter__") and not hasattr(cls, "__enter__"))
    return ClassName(kind_name(".".join((*parts, name))), asynchronous)


def kind_name(dotted: str) -> str:
    """Return a class's dotted name without what says that it is the async one."""
    return dotted.replace(".aio.", ".")


def load_class(dotted: str, origin: Origin, *, asynchronous: bool = False) -> Any:
    """Import the class of a kind; raise :class:`Mistake` where there is none."""
    module, _, name = dotted.rpartition(".")
    if asynchronous:
        module += ".aio"
    try:
        loaded = import_module(module)
    except ImportError as error:
        raise _not_there(dotted, module, origin, error) from None
    found = getattr(loaded, name, None)
    if not isinstance(found, type):
        classes = [each for each in dir(loaded) if isinstance(getattr(loaded, each, None), type)]
        clients = [each for each in classes if each.endswith("Client")] or classes
        mistake = unknown(origin, "class", name, clients[:20], where=module)
        if mistake.nearest is not None:
            mistake.nearest = f"{module}.{mistake.nearest}"
        raise mistake
    return found


def _not_there(dotted: str, module: str, origin: Origin, error: ImportError) -> Mistake:
    kind = known(dotted)
    package = kind.package if kind else "-".join(module.removesuffix(".aio").split("."))
    if getattr(error, "name", None) and not module.startswith(str(error.name)):
        message = f"importing {module} fails: {error.name} is not installed."
        return Mistake(origin, message, key="kind", hint=f"pip install {error.name}")
    message = f"there is no module {module} to import {dotted} from."
    return Mistake(origin, message, key="kind", hint=f"pip install {package}")
