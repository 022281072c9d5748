"""Whatever a client sends, Graph answers in its own shape, and never by failing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_graph_world import NOBODY, GraphWorld

from entrada._engine.effects import Request
from entrada.local.graph import schema

_ODD = st.sampled_from(
    [
        "",
        "a",
        NOBODY,
        "api://x",
        "https://a.example",
        "Principal",
        "AllPrincipals",
        "null",
        "%",
        "'",
    ]
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _ODD, st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "value", "key", "keyId", "uri", "isEnabled", "redirectUris"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=6,
)
_COLLECTIONS = {
    "/applications": schema.APPLICATION,
    "/servicePrincipals": schema.SERVICE_PRINCIPAL,
    "/groups": schema.GROUP,
    "/oauth2PermissionGrants": schema.GRANT,
    "/roleManagement/directory/roleAssignments": schema.ROLE_ASSIGNMENT,
}
_ACTIONS = (
    "addPassword",
    "removePassword",
    "addKey",
    "removeKey",
    "federatedIdentityCredentials",
    "owners/$ref",
)
_NAMES = ("keyId", "proof", "keyCredential", "passwordCredential", "name", "issuer", "@odata.id")


@pytest.fixture(scope="module")
def graph() -> GraphWorld:
    """Return one world for all examples of this module, which change nothing that matters."""
    return GraphWorld()


@pytest.fixture(scope="module")
def app(graph: GraphWorld) -> str:
    return str(graph.ok("POST", "/applications", {"displayName": "target"})["id"])


def _answers(graph: GraphWorld, method: str, path: str, body: Any, **query: str) -> None:
    response = graph.call(method, path, body, eventual=True, **query)
    assert response.status < 500, response.body
    if response.status >= 400:
        error = json.loads(response.body)["error"]
        assert error["code"]
        assert error["message"]


@settings(deadline=None)
@given(data=st.data())
def test_any_object_is_taken_or_refused(graph: GraphWorld, app: str, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(_COLLECTIONS)))
    names = st.sampled_from(sorted(_COLLECTIONS[path]))
    body = data.draw(st.dictionaries(names, _JSON, max_size=5))
    _answers(graph, "POST", path, {"displayName": "x", **body})
    changes = data.draw(
        st.dictionaries(st.sampled_from(sorted(schema.APPLICATION)), _JSON, max_size=3)
    )
    _answers(graph, "PATCH", f"/applications/{app}", changes)
    _answers(graph, "GET", f"/applications/{app}", None)


@settings(deadline=None)
@given(action=st.sampled_from(_ACTIONS), body=st.dictionaries(st.sampled_from(_NAMES), _JSON))
def test_any_action_is_done_or_refused(
    graph: GraphWorld, app: str, action: str, body: dict[str, Any]
) -> None:
    _answers(graph, "POST", f"/applications/{app}/{action}", body)


@settings(deadline=None)
@given(steps=st.one_of(_JSON, st.lists(_JSON, max_size=3)), depends=_JSON)
def test_any_batch_is_run_or_refused(graph: GraphWorld, steps: Any, depends: Any) -> None:
    _answers(graph, "POST", "/$batch", {"requests": steps})
    step = {"id": "1", "method": "GET", "url": "/organization", "headers": depends}
    _answers(graph, "POST", "/$batch", {"requests": [step]})
    _answers(graph, "POST", "/$batch", {"requests": [{**step, "dependsOn": [depends]}]})


@settings(deadline=None)
@given(
    option=st.sampled_from(["filter", "select", "top", "skiptoken", "orderby", "search", "expand"]),
    text=st.one_of(_ODD, st.text(max_size=20)),
)
def test_any_option_is_read_or_refused(graph: GraphWorld, option: str, text: str) -> None:
    _answers(graph, "GET", "/applications", None, **{option: text})


@settings(deadline=None)
@given(path=st.text(st.sampled_from("abz09/('$)%.-=@"), max_size=25), method=st.sampled_from("GP"))
def test_any_path_is_answered(graph: GraphWorld, path: str, method: str) -> None:
    verb = {"G": "GET", "P": "PATCH"}[method]
    url = f"{graph.cloud.endpoints.graph}/v1.0/users/{path}"
    headers = {"authorization": f"Bearer {graph.tokens[graph.admin]}"}
    assert graph.cloud.handle(Request(verb, url, headers, b"{}")).status < 500


def test_a_batch_is_in_no_batch(graph: GraphWorld) -> None:
    for url in ("/$batch", "/%24batch"):
        step: Any = {"id": "1", "method": "POST", "url": url, "body": {}}
        assert graph.error("POST", "/$batch", {"requests": [step]}) == (400, "BadRequest")
