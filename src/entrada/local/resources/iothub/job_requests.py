"""HTTP of scheduled jobs (``/jobs/v2``)."""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local.http import json_reply
from entrada.local.resources.iothub import authorization, identities, jobs
from entrada.local.resources.iothub.authorization import authorize
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.paging import page
from entrada.local.state import Document

_ALSO_NEEDED = {
    "scheduleUpdateTwin": authorization.TWINS_WRITE,
    "scheduleDeviceMethod": authorization.METHODS_INVOKE,
}


def put(context: Context) -> Response:
    """Schedule a job; its creator needs what the job does, too."""
    body = context.body()
    identities.check_same(body, "jobId", context.param("id"))
    needed = _ALSO_NEEDED.get(str(body.get("type")))
    if needed:
        authorize(context, needed)
    identities.check_id(context.param("id"), "job")
    return json_reply(200, jobs.schedule(context.hub, context.param("id"), body))


def get(context: Context) -> Response:
    """Show a job and how many devices it succeeded on."""
    return json_reply(200, jobs.need(context.hub, context.param("id")))


def cancel(context: Context) -> Response:
    """Cancel a job that has not run."""
    return json_reply(200, jobs.cancel(context.hub, context.param("id")))


def query(context: Context) -> Response:
    """List jobs, of a type or in a status if the request says so."""
    kind, status = context.query("jobType").lower(), context.query("jobStatus").lower()
    found: list[Document] = [
        document
        for _, document in context.hub.state.under(jobs.KIND, context.hub.key(""))
        if kind in ("", document["type"].lower()) and status in ("", document["status"].lower())
    ]
    return page(context, iter(found), f"jobs {kind} {status}", "JobResponse")
