"""``entrada local env`` for containers: an env-file, a part of a Compose file, Kubernetes objects.

A container reaches the host by another name than localhost, and the CA where it is mounted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from entrada.local.cloud import Endpoints
from entrada.local.files import RunFile

HOST = "host.docker.internal"
"""What Docker calls the host; on Linux only with ``--add-host``."""

CA_FOLDER = "/etc/entrada"
CA_FILE = f"{CA_FOLDER}/ca.pem"
_NAME = "entrada-local"


@dataclass(frozen=True, slots=True)
class Container:
    """What a container is given: ``surroundings`` are no secret, ``identity`` is."""

    host: str
    ca_file: str
    surroundings: Mapping[str, str]
    identity: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, run: RunFile, identity: Mapping[str, str], host: str) -> Container:
        """Return what a container needs that calls the host by a name."""
        there = run.at(host, CA_FILE)
        return cls(
            host,
            run.ca_file,
            there.surroundings(),
            {name: moved_url(run, there.endpoints, value) for name, value in identity.items()},
        )

    @property
    def variables(self) -> dict[str, str]:
        """All variables, in order of their names."""
        return dict(sorted({**self.surroundings, **self.identity}.items()))


def moved_url(run: RunFile, there: Endpoints, value: str) -> str:
    """Return a value, its origin of the cloud, if it has one, as the container sees it."""
    moved = asdict(there)
    for name, origin in asdict(run.endpoints).items():
        if value == origin or value.startswith(f"{origin}/"):
            return str(moved[name]) + value[len(origin) :]
    return value


def env_file(container: Container) -> str:
    """Return lines for ``docker run --env-file``, which knows neither quotes nor variables."""
    return "\n".join(f"{name}={value}" for name, value in container.variables.items())


def compose(container: Container) -> str:
    """Return what a service of a Compose file gets."""
    lines = ["environment:"]
    lines += [f"  {name}: {_dollars(value)}" for name, value in container.variables.items()]
    lines += ["extra_hosts:", f"  - {_dollars(container.host + ':host-gateway')}"]
    lines += ["volumes:", "  - type: bind", f"    source: {_dollars(container.ca_file)}"]
    lines += [f"    target: {CA_FILE}", "    read_only: true"]
    return "\n".join(lines)


def kubernetes(container: Container) -> str:
    """Return two ConfigMaps, of the variables and of the CA, and a Secret of the identity."""
    ca = Path(container.ca_file).read_text()
    documents = (
        _object("ConfigMap", _NAME, "data", container.surroundings),
        _object("ConfigMap", f"{_NAME}-ca", "data", {"ca.pem": ca}),
        _object("Secret", _NAME, "stringData", container.identity),
    )
    return "\n---\n".join(documents)


FORMATS: Mapping[str, Callable[[Container], str]] = {
    "docker": env_file,
    "compose": compose,
    "k8s": kubernetes,
}


def usage(form: str, container: Container) -> str:
    """Say in a line or two how to use what was printed."""
    if form == "docker":
        return (
            f"docker run --env-file FILE --add-host {container.host}:host-gateway "
            f"-v {container.ca_file}:{CA_FILE}:ro IMAGE"
        )
    if form == "compose":
        return "put it below a service; it holds a secret"
    return (
        f"in a container: envFrom configMapRef and secretRef {_NAME}; "
        f"mount the ConfigMap {_NAME}-ca at {CA_FOLDER}"
    )


def _object(kind: str, name: str, key: str, values: Mapping[str, str]) -> str:
    lines = ["apiVersion: v1", f"kind: {kind}", "metadata:", f"  name: {name}", f"{key}:"]
    return "\n".join(lines + [f"  {each}: {_yaml(value)}" for each, value in values.items()])


def _yaml(value: str) -> str:
    """Quote a text; every JSON string is a YAML scalar (YAML 1.2, section 1.3)."""
    return json.dumps(value)


def _dollars(value: str) -> str:
    """Quote a text for Compose, which replaces variables even within quotes."""
    return _yaml(value).replace("$", "$$")
