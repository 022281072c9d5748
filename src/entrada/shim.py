"""Have libraries that construct azure-identity's credentials themselves use entrada's instead.

``install()`` puts modules named ``azure.identity`` and ``azure.identity.aio`` in place whose names
are entrada's. What entrada lacks comes from azure-identity where that is installed, which then is
loaded when it is first needed; where it is not, these libraries run without it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from threading import RLock
from types import ModuleType

import entrada
from entrada.errors import join_azure

__all__ = ["install", "uninstall"]

_OURS = {"azure.identity": "entrada", "azure.identity.aio": "entrada.aio"}
_lock = RLock()
_before: dict[str, ModuleType | None] = {}


def install() -> None:
    """Put entrada in azure-identity's place, for whatever is imported from now on.

    Modules that have their names from ``azure.identity`` already keep those.
    """
    with _lock:
        if _before:
            return
        join_azure()
        paths = {name: _search_path(name) for name in _OURS}
        for name, ours in _OURS.items():
            _before[name] = sys.modules.get(name)
            _place(name, _stand_in(name, ours, paths[name]))


def uninstall() -> None:
    """Put back what was there before; modules that have entrada's names already keep those."""
    with _lock:
        for name in _OURS:
            if name in _before:
                _place(name, _before.pop(name))


def _stand_in(name: str, ours: str, path: list[str]) -> ModuleType:
    module = ModuleType(name, f"entrada in the place of {name}: see entrada.shim.")
    module.__spec__ = ModuleSpec(name, None, is_package=True)
    # With it submodules that entrada does not stand in for are found in the real package.
    module.__path__ = path

    def find(attribute: str) -> object:
        source = import_module(ours)
        if attribute in source.__all__:
            return getattr(source, attribute)
        shared = getattr(entrada, attribute) if attribute in entrada.__all__ else None
        if shared is not None:
            return shared
        if attribute.startswith("__") and attribute != "__version__":
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
        return getattr(_real(name), attribute)

    vars(module).update(__getattr__=find, __all__=list(import_module(ours).__all__))
    return module


def _real(name: str) -> ModuleType:
    """Return azure-identity's own module; raise AttributeError where it is not installed."""
    with _lock:
        known = _before.get(name)
        if known is not None:
            return known
        with _moved_aside():
            try:
                return import_module(name)
            except ImportError as error:
                raise AttributeError(
                    f"{name} is entrada's here, and azure-identity is not installed"
                ) from error


@contextmanager
def _moved_aside() -> Iterator[None]:
    """Let azure-identity's own modules have their names, and keep them for later."""
    ours = {name: sys.modules[name] for name in _OURS}
    for name in _OURS:
        _place(name, _before.get(name))
    try:
        yield
    finally:
        join_azure()
        for name, module in ours.items():
            _before[name] = sys.modules.get(name)
            _place(name, module)


def _search_path(name: str) -> list[str]:
    known = sys.modules.get(name)
    if known is not None:
        return list(known.__path__)
    if name == "azure.identity.aio":  # finding that one would load its parent
        return [f"{path}/aio" for path in _search_path("azure.identity")]
    try:
        spec = find_spec(name)
    except ImportError:
        return []
    return list(spec.submodule_search_locations or ()) if spec is not None else []


def _place(name: str, module: ModuleType | None) -> None:
    """Make a module the one that imports find, and its parent's attribute."""
    parent, _, last = name.rpartition(".")
    package = sys.modules.get(parent) or (None if parent in _OURS else import_module(parent))
    if module is not None:
        sys.modules[name] = module
        if package is not None:
            setattr(package, last, module)
        return
    sys.modules.pop(name, None)
    if package is not None and last in vars(package):
        delattr(package, last)
