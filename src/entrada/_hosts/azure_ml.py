"""Azure Machine Learning's computes, which speak App Service's older protocol of 2017-09-01.

Wire: ``GET {MSI_ENDPOINT}`` with the header ``secret``; ``expires_on`` is a number, or a date in
one of two forms of old hosts.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from entrada._engine.effects import Flow, Request
from entrada._engine.retry import Retry
from entrada._hosts.exchange import ask_host, query, read_host_token
from entrada._hosts.host import Wanted
from entrada.types import Token

NAME = "the identity endpoint of Azure Machine Learning"
DEFAULT_VARIABLE = "DEFAULT_IDENTITY_CLIENT_ID"
_SELECTORS = {"client_id": "clientid", "object_id": "object_id", "resource_id": "msi_res_id"}
_PATIENCE = Retry(tries=4, base=0.4, longest=5.0)
_DATE = re.compile(r"(\d+)/(\d+)/(\d+) (\d+):(\d+):(\d+)(?: (AM|PM))? \+00:00")


def flow(wanted: Wanted) -> Flow[Token]:
    """Get a token."""
    env = wanted.world.env
    parameters = wanted.parameters("2017-09-01", _SELECTORS)
    default = env.get(DEFAULT_VARIABLE)
    if default and not wanted.identity.kind:
        parameters["clientid"] = default
    headers = {"secret": env["MSI_SECRET"], "Metadata": "true"}
    request = Request("GET", query(env["MSI_ENDPOINT"], parameters), headers)
    response = yield from ask_host(request, _PATIENCE, wanted, NAME)
    return read_host_token(response, _PATIENCE, wanted, NAME, expiry=_epoch)


def _epoch(value: object) -> object:
    """Return the epoch seconds of a date in UTC; leave what is none as it is."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    month, day, year, hour, minute, second = map(int, found.groups()[:6])
    if found[7]:
        hour = hour % 12 + 12 * (found[7] == "PM")
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return value
