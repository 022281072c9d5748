"""A configuration directory of the Azure CLI's own, in which one running local cloud is registered.

Registering and signing in are the Azure CLI's own commands, run once for a cloud. What it cached
for another cloud is dropped first: it would go on using tokens, and answer from refusals, of that.
Its files: ``config``, ``clouds.config``, ``azureProfile.json``, ``msal_*``,
``service_principal_entries.*`` (azure-cli 2.91).
"""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click

from entrada.cli.output import Failure
from entrada.local.files import OPERATOR, RunFile, exclusive

CLOUD = "EntradaLocal"
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "core": {
        # Otherwise it asks login.microsoftonline.com about an authority that it does not know.
        "instance_discovery": "false",
        "collect_telemetry": "false",
        "login_experience_v2": "off",
    },
    "auto-upgrade": {"enable": "no"},
}
_OF_ONE_CLOUD = ("azureProfile.json", "clouds.config", "msal_*", "service_principal_entries.*")
_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Profile:
    """The directory ``path`` for one running cloud, and the ``program`` that uses it."""

    path: Path
    run: RunFile
    program: str

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return a shell's environment with what leads the Azure CLI here and nowhere else."""
        home = Path(env.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
        hosts = {"localhost", "127.0.0.1", urlsplit(self.run.endpoints.login).hostname or ""}
        direct = ",".join(
            filter(None, [env.get("NO_PROXY") or env.get("no_proxy"), *sorted(hosts)])
        )
        return {
            "AZURE_EXTENSION_DIR": str(home / "cliextensions"),
            **env,
            "AZURE_CONFIG_DIR": str(self.path),
            "REQUESTS_CA_BUNDLE": self.run.ca_file,
            "NO_PROXY": direct,
            "no_proxy": direct,
        }

    def prepare(self, env: Mapping[str, str], *, sign_in: bool) -> None:
        """Register the cloud where it is not, and sign in where nobody is and ``sign_in``."""
        if self._is_ready(sign_in=sign_in):
            return
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        if sys.stderr.isatty():
            click.echo("The Azure CLI gets to know the local cloud; this is done once.", err=True)
        with exclusive(self.path / "lock", _SECONDS):
            if not self._is_registered():
                self._register(env)
            if sign_in and not self._is_signed_in():
                self._sign_in(env)

    def _is_ready(self, *, sign_in: bool) -> bool:
        return self._is_registered() and (not sign_in or self._is_signed_in())

    def _is_registered(self) -> bool:
        try:
            return self._stamp.read_text() == self._identity()
        except OSError:
            return False

    def _is_signed_in(self) -> bool:
        try:
            profile = json.loads((self.path / "azureProfile.json").read_text("utf-8-sig"))
            return bool(profile["subscriptions"])
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _register(self, env: Mapping[str, str]) -> None:
        self._stamp.unlink(missing_ok=True)
        for pattern in _OF_ONE_CLOUD:
            for path in self.path.glob(pattern):
                path.unlink()
        self._configure(None)
        where = ("--endpoint-resource-manager", self.run.endpoints.arm)
        self._az(env, ["cloud", "register", "--name", CLOUD, *where])
        self._configure(CLOUD)
        self._stamp.write_text(self._identity())

    def _sign_in(self, env: Mapping[str, str]) -> None:
        """Sign in as the operator; the secret goes through a pipe, no other process sees it."""
        operator = self.run.principals[OPERATOR]
        who = ["--service-principal", "--username", operator["AZURE_CLIENT_ID"]]
        where = ["--tenant", operator["AZURE_TENANT_ID"], "--output", "none"]
        secret = operator["AZURE_CLIENT_SECRET"]
        self._az(env, ["login", *who, "--password=@-", *where], secret)

    def _configure(self, cloud: str | None) -> None:
        """Write our settings and, of a cloud, its choice; what else is set stays as it is."""
        parser, path = configparser.ConfigParser(interpolation=None), self.path / "config"
        parser.read(path)
        chosen = {"cloud": {"name": cloud}} if cloud else {}
        if not cloud:
            parser.remove_section("cloud")
        parser.read_dict({**_SETTINGS, **chosen})
        with path.open("w") as file:
            parser.write(file)

    def _az(self, env: Mapping[str, str], words: Sequence[str], told: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - the user's own program
            [self.program, *words, "--only-show-errors"],
            env=dict(env),
            input=told,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            said = done.stderr.strip() or f"it ended with {done.returncode}"
            raise Failure(f"az {' '.join(words[:2])} did not work: {said}", "entrada local log")

    @property
    def _stamp(self) -> Path:
        return self.path / "entrada.json"

    def _identity(self) -> str:
        """Return what makes a running cloud another one for the Azure CLI."""
        operator = self.run.principals[OPERATOR]["AZURE_CLIENT_ID"]
        return json.dumps([asdict(self.run.endpoints), self.run.tenant_id, operator])
