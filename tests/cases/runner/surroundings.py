"""The world and the wire of a case. Whatever does not fit the script is kept as a problem.

Problems are kept, not only raised: a chain would take an exception for a link's own failure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from cases.runner.case import Case
from cases.runner.certificates import certificate, certificate_file
from entrada.testing import (
    Completed,
    FakeClock,
    Request,
    Response,
    Run,
    TransportFailure,
    World,
)


class SleepingClock(FakeClock):
    """A clock that remembers for how long it was slept on."""

    def __init__(self) -> None:
        super().__init__()
        self.sleeps: list[float] = []

    def advance(self, seconds: float) -> None:
        """Sleep."""
        self.sleeps.append(seconds)
        super().advance(seconds)

    def pass_by(self, seconds: float) -> None:
        """Let time pass between two calls."""
        super().advance(seconds)


class Surroundings:
    """What a case's credential is given, and what it did with it."""

    def __init__(self, case: Case) -> None:
        table = case.table
        self.problems: list[str] = []
        self.requests: list[Request] = []
        self.prompts: list[list[str]] = []
        self.runs: list[Run] = []
        self.clock = SleepingClock()
        self.env: dict[str, str] = dict(table.get("env", {}))
        self.files: dict[str, bytes] = {}
        self.write(table.get("files", {}))
        self._exchanges = case.exchanges
        programs: dict[str, Callable[[Run], Completed]] = {
            name: self._program(rows if isinstance(rows, list) else [rows])
            for name, rows in table.get("programs", {}).items()
        }
        self.world = World.fake(
            self.env,
            clock=self.clock,
            files=self.files,
            programs=programs,
            chance=table.get("chance", 0.5),
            platform=table.get("platform", "linux"),
        )

    def write(self, files: Mapping[str, Any]) -> None:
        """Write the files of a table; an empty table removes one."""
        for path, content in files.items():
            if isinstance(content, str):
                self.files[path] = content.encode()
            elif content:
                kind, password = content["certificate"], content.get("password", "")
                self.files[path] = certificate_file(kind, password)
            else:
                del self.files[path]

    def transport(self, request: Request) -> Response:
        """Answer a request by the script."""
        self.requests.append(request)
        place = len(self.requests) - 1
        if place >= len(self._exchanges):
            raise self._problem(f"request {place + 1} is not in the script: {request}")
        row = self._exchanges[place]
        for difference in _differences(request, row):
            self.problems.append(f"request {place + 1}: {difference}")
        return _answer(row["answer"])

    def prompt(self, uri: str, code: str, expires_on: datetime) -> None:
        """Take note of a device code that is shown."""
        self.prompts.append([uri, code, expires_on.isoformat()])

    def finish(self) -> None:
        """Note the exchanges that did not take place."""
        if len(self.requests) < len(self._exchanges):
            sent, scripted = len(self.requests), len(self._exchanges)
            self.problems.append(f"{sent} requests were sent of {scripted} in the script")

    def _program(self, rows: Sequence[Mapping[str, Any]]) -> Callable[[Run], Completed]:
        left = list(rows)

        def answer(run: Run) -> Completed:
            self.runs.append(run)
            if not left:
                raise self._problem(f"a run that is not in the script: {run.argv}")
            row = left.pop(0)
            if "argv" in row and list(run.argv) != row["argv"]:
                self.problems.append(f"argv is {list(run.argv)}, not {row['argv']}")
            for name, value in row.get("env", {}).items():
                if run.env.get(name) != value:
                    self.problems.append(f"{name} of the program is {run.env.get(name)!r}")
            if "cwd" in row and run.cwd != row["cwd"]:
                self.problems.append(f"the program runs in {run.cwd}")
            return _completed(row)

        return answer

    def _problem(self, text: str) -> AssertionError:
        self.problems.append(text)
        return AssertionError(text)


def _completed(row: Mapping[str, Any]) -> Completed:
    if row.get("timeout"):
        raise TimeoutError
    if "refuses" in row:
        raise PermissionError(13, row["refuses"])
    stdout = json.dumps(row["json"]) if "json" in row else row.get("stdout", "")
    return Completed(row.get("code", 0), stdout, row.get("stderr", ""))


def _answer(row: Mapping[str, Any]) -> Response:
    if "fails" in row:
        raise TransportFailure(
            row["fails"], row.get("detail", f"a scripted {row['fails']} failure")
        )
    body = row.get("text", "") * row.get("times", 1)
    if "json" in row:
        body = json.dumps(_encoded(row["json"]))
    return Response(row.get("status", 200), row.get("headers", {}), body.encode())


def _encoded(body: Any) -> Any:
    """Encode what a token response says of a person, where a case gives it in clear."""
    if not isinstance(body, dict):
        return body
    encoded = dict(body)
    for name in ("id_token", "client_info"):
        if isinstance(body.get(name), dict):
            segment = jwt.utils.base64url_encode(json.dumps(body[name]).encode()).decode()
            encoded[name] = f"e30.{segment}.unsigned" if name == "id_token" else segment
    return encoded


def _differences(request: Request, row: Mapping[str, Any]) -> list[str]:
    url = urlsplit(request.url)
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    headers = {name.lower(): value for name, value in request.headers.items()}
    found = []
    if request.method != row.get("method", request.method):
        found.append(f"the method is {request.method}")
    if url._replace(query="").geturl() != row.get("url", url._replace(query="").geturl()):
        found.append(f"the URL is {request.url}")
    if request.timeout != row.get("timeout", request.timeout):
        found.append(f"the timeout is {request.timeout}")
    found += _unlike("form", form, row.get("form", {}), row.get("form_absent", []))
    found += _unlike("query", query, row.get("query", {}), row.get("query_absent", []))
    wanted = {name.lower(): value for name, value in row.get("headers", {}).items()}
    found += _unlike("headers", headers, wanted, [])
    for name, value in row.get("form_json", {}).items():
        if json.loads(form.get(name, "null")) != value:
            found.append(f"form: {name} is {form.get(name)!r}")
    if "assertion" in row:
        found += _assertion_faults(form, row["assertion"], request.url)
    return found


def _unlike(
    where: str, given: Mapping[str, str], wanted: Mapping[str, str], absent: Sequence[str]
) -> list[str]:
    return [
        f"{where}: {name} is {given.get(name)!r}, not {value!r}"
        for name, value in wanted.items()
        if given.get(name) != value
    ] + [f"{where}: {name} is there" for name in absent if name in given]


def _assertion_faults(form: Mapping[str, str], wanted: Mapping[str, Any], url: str) -> list[str]:
    """Verify a client assertion with the certificate's public key, RFC 7523 section 3."""
    assertion, own = form["client_assertion"], certificate("own")
    public: Any = own.public_key()
    claims = jwt.decode(
        assertion,
        public,
        algorithms=[wanted["alg"]],
        audience=url,
        # The case's clock is not the machine's.
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    header = jwt.get_unverified_header(assertion)
    digests = {"x5t": SHA1(), "x5t#S256": SHA256()}
    thumbprints = {
        name: jwt.utils.base64url_encode(own.fingerprint(digest)).decode()
        for name, digest in digests.items()
        if name == wanted["thumbprint"]
    }
    found = [
        f"assertion: {name} is {header.get(name)}"
        for name in thumbprints
        if header.get(name) != thumbprints[name]
    ]
    if len(header.get("x5c", [])) != wanted.get("chain", 0):
        found.append(f"assertion: x5c has {len(header.get('x5c', []))} certificates")
    if claims["iss"] != form["client_id"] or claims["sub"] != form["client_id"]:
        found.append(f"assertion: iss is {claims['iss']}, sub is {claims['sub']}")
    if claims["exp"] - claims["iat"] != 600 or claims["nbf"] != claims["iat"]:
        found.append("assertion: it does not live for ten minutes")
    return found
