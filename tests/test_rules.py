"""The design's rules, enforced on the source: what a part may know, and what loading it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import entrada

_ROOT = Path(entrada.__file__).parent
_FILES = {path.relative_to(_ROOT).as_posix(): path for path in sorted(_ROOT.rglob("*.py"))}

# The loop that drives a flow, the two faces, what talks to a loop or serves one.
_COLOURED = {
    "integrations/_bearer_async.py",
    "integrations/_httpx_flow.py",
    "integrations/aiohttp.py",
    "integrations/psycopg.py",
    "integrations/redis.py",
    "_engine/drive.py",
    "_credentials/face.py",
    "_credentials/provider.py",
    "_credentials/sign_in.py",
    "_drivers/aio.py",
    "_drivers/azure_core.py",
    "clients/closing.py",
    "clients/health.py",
    "clients/fastapi.py",
    "clients/registry.py",
    "clients/starlette.py",
    "clients/svcs.py",
    "local/server.py",
    "web/api.py",
    "web/api_fastapi.py",
    "web/asgi.py",
}

_IMPURE = {
    "os.environ",
    "os.getenv",
    "os.urandom",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.sleep",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "sys.platform",
    "platform.system",
}
# file or folder: what of the machine it may look at, and the reason.
_SURROUNDINGS = {
    "_engine/world.py": None,  # the one place that is there for it
    "_drivers/": None,  # the only input and output
    "cli/": None,  # a program of its own, which ends where it is read
    "_credentials/recipe.py": {"time.time"},  # the warm path's clock, before a World is loaded
    "_credentials/provider.py": {
        "time.time"
    },  # for other people's credentials, which have no World
    "_stores/msal_file.py": {"time.sleep"},  # between tries for MSAL's lock
    "_stores/locks.py": {"time.sleep", "sys.platform"},  # as local/files.py; what can be locked how
    "local/files.py": {"time.sleep"},  # between tries for a lock that another process holds
    "local/cloud.py": {"time.time"},  # the default of an argument
    "local/running.py": {"time.time"},  # the default of an argument
}

# part: what it must not import.
_STRANGERS = {
    "_config/": (
        "_wire",
        "_drivers",
        "_credentials",
        "_chain",
        "_cache",
        "local",
        "cli",
        "clients",
    ),
    "clients/": ("_drivers", "_chain", "_cache", "cli"),
    "_engine/": ("_wire", "_credentials", "_chain", "_cache", "_hosts", "_tools", "local", "cli"),
    "_wire/": ("_drivers", "_credentials", "_chain", "_cache", "_hosts", "_tools", "local", "cli"),
    "_hosts/": ("_drivers", "_credentials", "_chain", "_cache", "_tools", "local", "cli"),
    "_sources/": ("_drivers", "_chain", "_cache", "_tools", "local", "cli"),
    "_tools/": ("_drivers", "_credentials", "_chain", "_cache", "_hosts", "local", "cli"),
    "_cache/": ("_drivers", "_credentials", "_chain", "_hosts", "_tools", "_wire", "local", "cli"),
    "_stores/": (
        "_drivers",
        "_credentials",
        "_chain",
        "_cache",
        "_hosts",
        "_tools",
        "local",
        "cli",
    ),
    "_drivers/": ("_credentials", "_chain", "_cache", "_hosts", "_tools", "_wire", "local", "cli"),
    "_chain/": ("_drivers", "local", "cli"),
    "_credentials/": ("_telemetry", "local", "cli"),
    "_telemetry/": ("_drivers", "_hosts", "_tools", "_wire", "local", "cli"),
    "local/": ("_credentials", "_chain", "_cache", "_hosts", "_tools", "cli"),
}
_BORROWED = {
    ("_engine/world.py", "_drivers.programs"),  # on first use: the real World runs programs
    ("_drivers/connection.py", "_wire.safe"),  # what of a stranger's text may be shown, pure
}


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse(_FILES[name].read_text("utf-8"))


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (local name, what it stands for) of every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _impurities(tree: ast.Module) -> set[str]:
    """Return the names of the machine's own that a module uses, with those that it imports bare."""
    known = dict(_imports(tree))
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, _, rest = _dotted(node).partition(".")
            if first in known:
                used.add(f"{known[first]}.{rest}".rstrip("."))
    return {name for name in used if name in _IMPURE or name.startswith("random.")}


def _part(name: str) -> str:
    return name.split("/", maxsplit=1)[0] + "/" if "/" in name else name


def _allowed(name: str) -> set[str] | None:
    for place in (name, _part(name)):
        if place in _SURROUNDINGS:
            return _SURROUNDINGS[place]
    return set()


def _loads(name: str) -> set[str]:
    """Return the modules of entrada that a file imports when it runs, by their dotted names."""
    typing_only = {
        imported
        for node in ast.walk(_tree(name))
        if isinstance(node, ast.If) and _dotted(node.test) == "TYPE_CHECKING"
        for child in node.body
        for imported in ast.walk(child)
    }
    found = set()
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.ImportFrom) and node not in typing_only:
            found.add(node.module or "")
    return {module.removeprefix("entrada.") for module in found if module.startswith("entrada.")}


@pytest.mark.parametrize("name", _FILES)
def test_coroutines_stand_in_the_listed_files_only(name: str) -> None:
    """Everything else is a flow, which both faces run."""
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    has = any(isinstance(node, kinds) for node in ast.walk(_tree(name)))
    assert not has or name in _COLOURED


def test_every_listed_file_has_a_coroutine() -> None:
    """The list of exceptions holds no file that does not need to be on it."""
    idle = [
        name
        for name in _COLOURED
        if not any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(_tree(name)))
    ]
    assert idle == []


@pytest.mark.parametrize("name", _FILES)
def test_only_the_world_looks_at_the_machine(name: str) -> None:
    """Environment, clock, chance and platform come from a World."""
    allowed = _allowed(name)
    if allowed is not None:
        assert _impurities(_tree(name)) <= allowed


def test_every_exception_to_the_world_is_used() -> None:
    """The list of exceptions holds no file that does not need to be on it."""
    idle = [
        name
        for name, allowed in _SURROUNDINGS.items()
        if allowed is not None and _impurities(_tree(name)) != allowed
    ]
    assert idle == []


@pytest.mark.parametrize("name", [name for name in _FILES if _part(name) in _STRANGERS])
def test_parts_do_not_know_what_is_above_them(name: str) -> None:
    """A token's way goes in one direction: the parts below import nothing of those above."""
    strangers = _STRANGERS[_part(name)]
    loaded = {module for module in _loads(name) if (name, module) not in _BORROWED}
    assert [module for module in sorted(loaded) if module.split(".")[0] in strangers] == []


@pytest.mark.parametrize("name", _FILES)
def test_files_are_small(name: str) -> None:
    """No file has more than 300 lines."""
    assert len(_FILES[name].read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("name", _FILES)
def test_modules_say_what_they_are_for(name: str) -> None:
    """A module that holds code opens with a docstring and evaluates no annotation."""
    tree = _tree(name)
    assert not tree.body or ast.get_docstring(tree)


_HEAVY = ("azure.core", "azure.identity", "requests", "aiohttp", "msal", "cryptography", "jwt")
_NEVER = (*_HEAVY, "asyncio", "sqlite3", "redis", "keyring", "click", "rich", "uvicorn", "trustme")

# What takes milliseconds to load and that a first token on a developer's machine can do without.
_SLOW = (
    *_NEVER,
    "base64",
    "concurrent",
    "dataclasses",
    "datetime",
    "hashlib",
    "html",
    "http",
    "inspect",
    "ipaddress",
    "logging",
    "shutil",
    "socket",
    "ssl",
    "traceback",
    "urllib",
)
# Of a default chain what is loaded only where there is evidence of it.
_BEYOND = (
    "entrada._credentials.application",
    "entrada._credentials.azure_developer_cli",
    "entrada._credentials.azure_powershell",
    "entrada._credentials.broker",
    "entrada._credentials.client_secret",
    "entrada._credentials.shared_token_cache",
    "entrada._credentials.vscode",
    "entrada._credentials.workload_identity",
    "entrada._drivers.wire",
    "entrada._hosts.exchange",
    "entrada._hosts.imds",
    "entrada._tools.azd",
    "entrada._tools.pwsh",
    "entrada._wire.authority",
)

_CONSTRUCT = "import entrada; entrada.DefaultAzureCredential()"
_WARM = """
import entrada
from entrada.testing import Script, token_response
credential = entrada.ClientSecretCredential("t", "c", "s", transport=Script(token_response()))
assert credential.get_token("https://storage.azure.com/.default").token == "token"
"""
_LAPTOP = """
import entrada
from entrada._engine.effects import Completed
from entrada._engine.world import World
files = {"/sys/class/dmi/id/chassis_asset_tag": b"No Asset Tag"}
world = World.fake(files=files)
"""
_NOBODY = f"""{_LAPTOP}
try:
    entrada.DefaultAzureCredential(world=world).get_token("https://storage.azure.com/.default")
except entrada.CredentialUnavailableError as error:
    assert error.code == "nothing_to_sign_in_with", error
"""
_AZ = f"""{_LAPTOP}
answer = '{{"accessToken": "token", "expires_on": 1800003600}}'
world = World.fake(files=files, programs={{"az": lambda program: Completed(0, answer)}})
credential = entrada.DefaultAzureCredential(world=world)
assert credential.get_token("https://storage.azure.com/.default").token == "token"
"""
_PROGRAM = """
from entrada._engine.effects import Run
from entrada._engine.world import World
world = World.real()
assert world.run(Run((world.which("sh") or world.which("cmd"),))).code == 0
"""
_WIRE = """
import entrada
from entrada.testing import World
world = World.real()._replace(env={}, sleep=lambda seconds: None)
credential = entrada.ClientSecretCredential(
    "t", "c", "s", authority="https://127.0.0.1:9", world=world
)
try:
    credential.get_token("https://storage.azure.com/.default")
except entrada.AuthorityUnreachableError as error:
    assert error.code == "no_answer_connect", error
"""


def _added_by(program: str) -> set[str]:
    """Return the modules that a program loads in a process of its own."""
    script = (
        f"import sys\nbefore = set(sys.modules)\n{program}\nprint(*(set(sys.modules) - before))"
    )
    # No site packages' start-up files: what they load is none of the program's doing.
    run = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


def _among(modules: Iterable[str], packages: tuple[str, ...]) -> list[str]:
    return sorted(
        module
        for module in modules
        if any(module == package or module.startswith(f"{package}.") for package in packages)
    )


def test_importing_entrada_costs_next_to_nothing() -> None:
    """The names load when they are used: typing and what it needs is all before that."""
    added = _added_by("import entrada")
    assert _among(added, (*_NEVER, "http.client", "ssl", "dataclasses", "logging", "json")) == []
    assert _among(added, ("entrada",)) == ["entrada"]
    assert len(added) <= 40


def test_constructing_the_default_credential_is_cheap() -> None:
    """Nothing loads that takes long, and at most 50 modules in all."""
    added = _added_by(_CONSTRUCT)
    assert _among(added, (*_SLOW, "json", "subprocess", "threading")) == []
    assert len(added) <= 50


def test_finding_nothing_to_sign_in_with_is_cheap() -> None:
    """On a laptop a chain looks for evidence of each link, and loads none without it."""
    added = _added_by(_NOBODY)
    assert _among(added, (*_SLOW, *_BEYOND, "json", "subprocess", "entrada._tools.tool")) == []
    assert len(_among(added, ("entrada",))) <= 40
    assert len(added) <= 80


def test_a_token_by_the_azure_cli_is_cheap() -> None:
    """Of all links the chain loads the one that answers, and JSON to read its answer."""
    added = _added_by(_AZ)
    assert _among(added, (*_SLOW, *_BEYOND)) == []
    assert len(added) <= 95


def test_a_program_is_run_by_subprocess_alone() -> None:
    """Finding and running it loads nothing for archives, logs or event loops."""
    added = _added_by(_PROGRAM)
    assert _among(added, _SLOW) == []
    assert len(added) <= 60


def test_a_token_by_client_secret_is_cheap() -> None:
    """Neither azure-core nor crypto nor an event loop load for it, and at most 100 modules."""
    added = _added_by(_WARM)
    assert _among(added, (*_NEVER, "dataclasses", "http.client", "inspect", "logging", "ssl")) == []
    assert _among(added, ("entrada._stores", "entrada._cache.storage", "hmac")) == []
    assert len(added) <= 100


def test_a_request_over_our_own_wire_is_cheap() -> None:
    """The standard library's HTTP and TLS are all that a real request adds."""
    added = _added_by(_WIRE)
    assert _among(added, (*_NEVER, "concurrent", "dataclasses", "inspect", "logging")) == []
    assert "http.client" in added
    assert len(added) <= 140


def test_the_async_names_load_no_event_loop() -> None:
    """Importing an async credential is as cheap; the program that uses it has its loop already."""
    added = _added_by("import entrada.aio")
    assert _among(added, (*_NEVER, "http.client", "ssl")) == []
