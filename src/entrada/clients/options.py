"""Client options: .NET's names for what azure-core's clients take as keywords."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, getdoc, signature
from typing import Any, NamedTuple

from entrada._config import values
from entrada._config.tree import (
    ENVIRONMENT,
    Leaf,
    Mistake,
    Node,
    Section,
    nearest,
    normal,
    unknown,
)
from entrada._credentials.options import PipelineOptions
from entrada._engine.world import World

_STORAGE = ("azure.storage.",)
_KEYWORD = re.compile(r":keyword\s+(?:([^:\n]*?)\s)?(\w+)\s*:")
_STORAGE_ONLY = ("initial_backoff",)
_SIGN_IN = ("credential", "token_credential", "connection_string")
_ALWAYS = ("api_version", "audience", "connection_verify", "logging_enable", "transport")


class Option(NamedTuple):
    """One option of .NET's: the keyword that it is, what it takes, and storage's own keyword."""

    name: str
    keyword: str
    read: Callable[[Node, World], Any] | None
    storage: str | None = None
    why: str = ""

    def keyword_of(self, dotted: str) -> str | None:
        """Return the keyword for a class, ``None`` where it has none."""
        return self.storage if dotted.startswith(_STORAGE) else self.keyword


def _mode(node: Node, world: World) -> str:
    name = values.text(node, world)
    if normal(name) not in ("fixed", "exponential"):
        raise unknown(node.origin, "retry mode", values.shown(node), ("fixed", "exponential"))
    return normal(name)


_OWN_RETRIES = "clients of Azure Storage have retries of their own; pass retry_policy= in code"
RETRY: tuple[Option, ...] = (
    Option("max_retries", "retry_total", values.whole, "retry_total"),
    Option("delay", "retry_backoff_factor", values.seconds, "initial_backoff"),
    Option("max_delay", "retry_backoff_max", values.seconds, None, _OWN_RETRIES),
    Option("mode", "retry_mode", _mode, None, _OWN_RETRIES),
    Option("network_timeout", "read_timeout", values.seconds, "read_timeout"),
)
DIAGNOSTICS: tuple[Option, ...] = (
    Option("application_id", "user_agent", values.text, "user_agent"),
    Option("is_logging_content_enabled", "logging_enable", values.flag, "logging_enable"),
    Option("is_logging_enabled", "", None, None, "set the level of the logger azure"),
    Option("is_telemetry_enabled", "", None, None, "azure-core always says its name; "
           "user_agent_overwrite replaces it"),
    Option("is_distributed_tracing_enabled", "", None, None, "azure-core traces where a tracer "
           "is installed: azure.core.settings.settings.tracing_implementation"),
    Option("logged_content_size_limit", "", None, None, "azure-core logs bodies whole or not"),
    Option("logged_header_names", "", None, None, "pass logging_policy= in code"),
    Option("logged_query_parameters", "", None, None, "pass logging_policy= in code"),
    Option("default_application_id", "", None, None, "give each application_id, or the variable "
           "AZURE_HTTP_USER_AGENT"),
)  # fmt: skip
TABLES: Mapping[str, tuple[Option, ...]] = {"retry": RETRY, "diagnostics": DIAGNOSTICS}


def check_defaults(section: Section, world: World) -> None:
    """Raise :class:`Mistake` for an option that no client of azure-core takes."""
    known = dict.fromkeys((*PipelineOptions.__annotations__, *_ALWAYS), "")
    by_name = {normal(name) for name in known}
    for node in section:
        table = TABLES.get(normal(node.name))
        if table is not None:
            _from_table(node, table, known, "", world, lenient=False)
        elif normal(node.name) not in by_name:
            raise _unknown(node, (*TABLES, *known), section.path)


def keywords_of(cls: Any, method: str = "") -> dict[str, str]:
    """Return the keywords that a class takes beside its keys, with the type it documents.

    ``method`` is the class method that makes it, in place of the constructor. Where that takes
    any keyword, those that are documented and those of azure-core's pipeline are among them.
    """
    make = getattr(cls, method) if method else cls
    found = _optional(make)
    if any(each.kind is Parameter.VAR_KEYWORD for each in signature(make).parameters.values()):
        texts = (getdoc(each) or "" for each in (cls, cls.__init__, make))
        found = {name: kind for text in texts for kind, name in _KEYWORD.findall(text)} | found
        found |= dict.fromkeys((*PipelineOptions.__annotations__, *_ALWAYS), "")
        if cls.__module__.startswith(_STORAGE):
            found |= dict.fromkeys(_STORAGE_ONLY, "")
    return found


def client_options(
    section: Section, known: Mapping[str, str], dotted: str, world: World, *, lenient: bool = False
) -> dict[str, Any]:
    """Return the keywords of a section's options, of those known; raise :class:`Mistake`.

    ``lenient``: they are for classes of all kinds, and what this one does not take is left out.
    """
    by_name = {normal(name): name for name in known}
    found: dict[str, Any] = {}
    for node in section:
        table = TABLES.get(normal(node.name))
        if table is not None:
            found |= _from_table(node, table, known, dotted, world, lenient=lenient)
        elif normal(node.name) in by_name:
            name = by_name[normal(node.name)]
            found[name] = converted(values.leaf(node), known[name], world)
        elif not lenient:
            where = f"{section.path} ({dotted})"
            raise _unknown(node, (*TABLES, *known), where)
    return found


def converted(found: Leaf, documented: str, world: World) -> Any:
    """Return a leaf's value; a text of the environment as what is documented."""
    if not isinstance(found.value, str):
        return found.value
    if found.origin.source == ENVIRONMENT or values.is_reference(found.value):
        if "bool" in documented:
            return values.flag(found, world)
        if "int" in documented:
            return values.whole(found, world)
        if "float" in documented:
            return values.seconds(found, world)
    return values.resolved(found, world)


def _from_table(
    node: Node,
    table: Iterable[Option],
    known: Mapping[str, str],
    dotted: str,
    world: World,
    *,
    lenient: bool,
) -> dict[str, Any]:
    if not isinstance(node, Section):
        raise Mistake(node.origin, f"{node.name} has to be a table.", key=node.name)
    by_name = {normal(option.name): option for option in table}
    found: dict[str, Any] = {}
    for each in node:
        option = by_name.get(normal(each.name))
        if option is None:
            raise unknown(each.origin, "key", each.name, _names(table), where=node.path)
        keyword = option.keyword_of(dotted)
        if lenient and option.read is not None and (not keyword or keyword not in known):
            continue
        if not keyword or option.read is None:
            message = f"{each.name} is not supported: {option.why}."
            raise Mistake(each.origin, message, key=each.name)
        if keyword not in known:
            message = f"{dotted} takes no {each.name}: its constructor has no keyword {keyword}."
            raise Mistake(each.origin, message, key=each.name)
        found[keyword] = option.read(each, world)
    return found


def _names(table: Iterable[Option]) -> list[str]:
    return [option.name for option in table if option.keyword]


def _unknown(node: Node, known: tuple[str, ...], where: str) -> Mistake:
    """Name the nearest of many: all of azure-core's keywords would hide it."""
    near = nearest(node.name, known)
    guess = f'; did you mean "{near}"?' if near else "."
    message = f'in {where}: there is no option "{node.name}"{guess}'
    return Mistake(node.origin, message, key=node.name, nearest=near)


def _optional(make: Any) -> dict[str, str]:
    """Return the parameters that can be left out, but for those that sign in."""
    return {
        each.name: _annotated(each)
        for each in signature(make).parameters.values()
        if each.kind in (Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        and each.default is not Parameter.empty
        and each.name not in _SIGN_IN
    }


def _annotated(parameter: Parameter) -> str:
    return "" if parameter.annotation is Parameter.empty else str(parameter.annotation)
