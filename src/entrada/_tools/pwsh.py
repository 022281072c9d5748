"""Azure PowerShell: ``Get-AzAccessToken`` of the module Az.Accounts, 2.2 or later.

PowerShell takes the script as one argument (base64 of UTF-16), so no shell stands between. From
2.17 to 4 the cmdlet returned plain text unless asked for a SecureString, since 5 it always does.
"""

from __future__ import annotations

import re
from base64 import b64encode

from entrada._engine.effects import Completed
from entrada._engine.world import World
from entrada._tools import program
from entrada._tools.tool import Tool, words_of
from entrada._wire.seconds import seconds_of
from entrada.errors import AuthenticationError, CredentialUnavailableError
from entrada.types import Token

SIGN_IN = "Connect-AzAccount"
_NO_MODULE = "NO_AZ_ACCOUNT_MODULE"
_MARK = "azsdk%"

_SCRIPT = """\
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$az = Import-Module Az.Accounts -MinimumVersion 2.2.0 -PassThru -ErrorAction SilentlyContinue
if (-not $az) { Write-Output '%(no_module)s'; exit 0 }
$ask = @{ ResourceUrl = '%(resource)s'; WarningAction = 'Ignore' }
if ('%(tenant)s') { $ask.TenantId = '%(tenant)s' }
if ($az.Version -ge [version]'2.17.0' -and $az.Version -lt [version]'5.0.0') {
    $ask.AsSecureString = $true
}
$answer = Get-AzAccessToken @ask
$text = $answer.Token
if ($text -is [System.Security.SecureString]) {
    $text = [System.Net.NetworkCredential]::new('', $text).Password
}
Write-Output ("`n%(mark)s" + $text + '%%' + $answer.ExpiresOn.ToUnixTimeSeconds() + "`n")
"""

_ERROR_IN_XML = re.compile(r'<S S="Error">(.*?)</S>', re.DOTALL)
_XML_ESCAPE = re.compile(r"_x[0-9A-F]{4}_")
_ANSWER = re.compile(rf"{_MARK}\S*")


def arguments(resource: str, tenant: str) -> tuple[str, ...]:
    """Return PowerShell's arguments; both values have to be safe between single quotes."""
    script = _SCRIPT % {
        "no_module": _NO_MODULE,
        "resource": resource,
        "tenant": tenant,
        "mark": _MARK,
    }
    encoded = b64encode(script.encode("utf-16-le")).decode()
    return ("-NoProfile", "-NonInteractive", "-EncodedCommand", encoded)


def _read(stdout: str, _now: float) -> Token:
    answer = next((word for word in stdout.split() if word.startswith(_MARK)), "")
    _, token, expires_on = answer.split("%")
    if not token:
        raise ValueError("no token")
    return Token(token, seconds_of(expires_on))


# What PowerShell says, and what it means: reason, code, hint.
_COMPLAINTS = (
    (
        _NO_MODULE,
        "the module Az.Accounts 2.2 or later is not installed",
        "module_missing",
        "Run in PowerShell: Install-Module Az.Accounts",
    ),
    (
        "Run Connect-AzAccount to login",
        "nobody is signed in to Azure PowerShell",
        "not_signed_in",
        SIGN_IN,
    ),
    (
        "AuthorizationManager check failed",
        "the execution policy does not let Azure PowerShell run",
        "execution_policy",
        "Run in PowerShell: Set-ExecutionPolicy RemoteSigned -Scope CurrentUser",
    ),
)


def _complaint(completed: Completed, name: str) -> AuthenticationError | None:
    said = completed.stdout + _plain(completed.stderr)
    for words, reason, code, hint in _COMPLAINTS:
        if words in said and "AADSTS" not in said:
            return CredentialUnavailableError(f"{name}: {reason}.", code=code, hint=hint)
    return None


def _said(completed: Completed) -> str:
    return _ANSWER.sub("[hidden]", _plain(words_of(completed)))


def _plain(text: str) -> str:
    """Return the errors out of the XML that PowerShell writes where its output is no terminal."""
    from html import unescape

    errors = _ERROR_IN_XML.findall(text)
    return _XML_ESCAPE.sub("", unescape("".join(errors))) if errors else text


def _profile(world: World) -> tuple[str, ...]:
    folder = f"{world.home}/.Azure"
    return (f"{folder}/AzureRmContext.json", f"{folder}/AzureRmContextSettings.json")


PWSH = Tool(
    program=program.PWSH,
    sign_in=SIGN_IN,
    look="pwsh -Command Get-AzContext",
    env={"NO_COLOR": "true"},
    read=_read,
    complaint=_complaint,
    profile=_profile,
    said=_said,
)
