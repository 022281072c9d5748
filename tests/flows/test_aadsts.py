from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from entrada._wire.aadsts import PLACEHOLDERS, codes_in, diagnose, markdown
from entrada._wire.aadsts_table import GENERAL, TABLES
from entrada.errors import BY_KIND, Kind

PAGE = Path(__file__).parents[2] / "docs" / "aadsts.md"
ROWS = [(code, kind, *row) for kind, rows in TABLES for code, row in rows.items()]

PROTOCOL = """7000215 7000222 7000218 700027 700023 700024 700016 700025 700030 7000112 90002 900023
50034 50126 50053 50055 50057 50076 50079 50074 50072 50078 50058 50105 50011 50173 53003 530035
530036 65001 650057 500011 50001 54005 70000 70008 700082 700084 70043 70011 700022 901002 1002012
70016 70018 70019 900144 9002313 900971 9001023 900382 501481 50147 700005 50013 500131 500133
50027 7000114 700229 50049 90033 50196 90006 100007 700021 50158 53000 90094 90072 50020 500021
70021 700211 700212 700213 90025"""

KINDS: list[tuple[int, Kind]] = [
    (7000215, "rejected"),
    (7000222, "rejected"),
    (700027, "rejected"),
    (700213, "rejected"),
    (50126, "rejected"),
    (53003, "rejected"),
    (90002, "misconfigured"),
    (700016, "misconfigured"),
    (70011, "misconfigured"),
    (50011, "misconfigured"),
    (7000218, "misconfigured"),
    (50076, "needs_user"),
    (65001, "needs_user"),
    (700082, "needs_user"),
    (70043, "needs_user"),
    (530036, "needs_user"),
    (90033, "unreachable"),
    (90025, "unreachable"),
    (80002, "unreachable"),
]

# The commands of az 2.91 that hints name, with those of their options that they use.
AZ = {
    "account list": {"--query"},
    "ad app create": {"--display-name"},
    "ad app credential list": {"--id", "--cert"},
    "ad app credential reset": {"--id", "--append", "--cert", "--create-cert"},
    "ad app federated-credential list": {"--id"},
    "ad app list": {"--display-name", "--query"},
    "ad app permission add": {"--id", "--api", "--api-permissions"},
    "ad app permission admin-consent": {"--id"},
    "ad app show": {"--id", "--query"},
    "ad app update": {
        "--id",
        "--enable-access-token-issuance",
        "--enable-id-token-issuance",
        "--is-fallback-public-client",
        "--public-client-redirect-uris",
        "--sign-in-audience",
        "--web-redirect-uris",
    },
    "ad sp create": {"--id"},
    "ad sp show": {"--id", "--query"},
    "ad sp update": {"--id", "--set"},
    "ad user show": {"--id"},
    "ad user update": {"--id", "--account-enabled"},
    "cloud set": {"--name"},
    "cloud show": {"--query"},
    "identity federated-credential create": {
        "--name",
        "--identity-name",
        "--resource-group",
        "--issuer",
        "--subject",
    },
    "identity federated-credential list": {"--identity-name", "--resource-group"},
    "login": {"--tenant", "--scope", "--use-device-code"},
    "logout": set(),
}


def commands(hint: str) -> list[list[str]]:
    return [shlex.split(quoted) for quoted in re.findall(r"`([^`]*)`", hint)]


def test_codes_are_found_in_what_az_prints() -> None:
    stderr = (
        "ERROR: AADSTS50076: Due to a configuration change you must use multi-factor "
        "authentication. Trace ID: 50173f00-0000 Correlation ID: 90033aaa\n"
        "See https://login.microsoftonline.com/error?code=50076 (AADSTS50076).\nAADSTS70043: again"
    )

    assert codes_in(stderr) == (50076, 70043)


def test_text_without_a_code_has_none() -> None:
    assert codes_in("") == ()
    assert codes_in("AADSTS and 50076, but not AADSTS1234567890123") == ()


def test_an_unknown_code_is_not_explained() -> None:
    assert diagnose([]) is None
    assert diagnose([123456]) is None


@pytest.mark.parametrize(
    ("codes", "chosen"),
    [
        ((70021, 700211), 700211),
        ((700211, 70021), 700211),
        ((70002, 50012), 50012),
        ((50012, 70002), 50012),
        ((123456, 50076), 50076),
        ((70000,), 70000),
        ((9002313, 50011), 50011),
    ],
)
def test_the_most_specific_known_code_is_explained(codes: tuple[int, ...], chosen: int) -> None:
    diagnosis = diagnose(iter(codes))

    assert diagnosis is not None
    assert diagnosis.code == chosen


def test_the_last_of_equally_specific_codes_is_explained() -> None:
    diagnosis = diagnose((50012, 50027))

    assert diagnosis is not None
    assert diagnosis.code == 50027


def test_a_hint_is_filled_from_the_request() -> None:
    diagnosis = diagnose([700082], tenant="contoso.com", scope="https://vault.azure.net/.default")

    assert diagnosis is not None
    assert "`az login --tenant contoso.com --scope https://vault.azure.net/.default`" in (
        diagnosis.hint
    )


@pytest.mark.parametrize("context", [{}, {"tenant": ""}])
def test_what_the_request_lacks_stays_readable(context: dict[str, str]) -> None:
    diagnosis = diagnose([700016], **context)

    assert diagnosis is not None
    assert "--tenant <tenant>" in diagnosis.hint
    assert "--id <client_id>" in diagnosis.hint


def test_a_filled_command_cannot_run_a_second_one() -> None:
    diagnosis = diagnose([50076], tenant="t", scope="https://a/b\nc;$(reboot)")

    assert diagnosis is not None
    assert "--scope https://a/b 'c;$(reboot)'`" in diagnosis.hint


def test_a_filled_value_is_not_filled_again() -> None:
    diagnosis = diagnose([700016], tenant="{client_id}", client_id="app")

    assert diagnosis is not None
    assert "'{client_id}'" in diagnosis.hint


@pytest.mark.parametrize("code", [int(code) for code in PROTOCOL.split()])
def test_every_code_of_the_protocol_has_a_hint(code: int) -> None:
    diagnosis = diagnose([code])

    assert diagnosis is not None
    assert diagnosis.code == code
    assert diagnosis.hint


@pytest.mark.parametrize(("code", "kind"), KINDS)
def test_the_kind_says_whose_move_it_is(code: int, kind: Kind) -> None:
    diagnosis = diagnose([code])

    assert diagnosis is not None
    assert diagnosis.kind == kind


def test_a_wrong_secret_points_at_the_secrets_id() -> None:
    diagnosis = diagnose([7000215], client_id="00000000-0000-0000-0000-00000000000a")

    assert diagnosis is not None
    assert "its id" in diagnosis.cause
    assert "AZURE_CLIENT_SECRET" in diagnosis.hint
    assert "--id 00000000-0000-0000-0000-00000000000a" in diagnosis.hint


def test_the_catalogue_is_large_and_names_each_code_once() -> None:
    codes = [code for code, *_ in ROWS]

    assert len(codes) >= 75
    assert len(codes) == len(set(codes))
    assert set(codes) >= GENERAL
    assert {kind for _, kind, *_ in ROWS} <= BY_KIND.keys()


def test_each_table_is_in_the_order_of_its_codes() -> None:
    for _, rows in TABLES:
        assert list(rows) == sorted(rows)


@pytest.mark.parametrize(("code", "kind", "cause", "hint"), ROWS)
def test_a_row_reads_well(code: int, kind: Kind, cause: str, hint: str) -> None:
    assert cause.endswith(".")
    assert cause.count(". ") == 0, "the cause is one sentence"
    assert len(cause) <= 150
    assert hint.endswith(".")
    assert hint.count("`") % 2 == 0
    assert set(re.findall(r"\{(\w*)\}", hint)) <= set(PLACEHOLDERS)
    assert "  " not in cause + hint


@pytest.mark.parametrize(("code", "kind", "cause", "hint"), ROWS)
def test_a_hint_names_only_commands_that_az_has(
    code: int, kind: Kind, cause: str, hint: str
) -> None:
    for program, *words in commands(hint):
        if program != "az":
            assert program in {"azd", "date", "env", "openssl", "python"}
            continue
        options = {word for word in words if word.startswith("--")}
        before = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
        assert options <= AZ[" ".join(words[:before])]
    assert not re.search(r"\baz (login|ad|account)\b", re.sub("`[^`]*`", "", hint)), "unquoted"


def test_the_page_is_the_catalogue() -> None:
    """Where this fails, write the page anew: ``markdown()`` into ``docs/aadsts.md``."""
    assert PAGE.read_text(encoding="utf-8") == markdown()


def test_the_page_has_a_section_for_each_code() -> None:
    sections = [int(code) for code in re.findall(r"^## AADSTS(\d+)$", markdown(), re.MULTILINE)]

    assert sections == sorted(code for code, *_ in ROWS)


def test_the_tables_are_not_imported_before_an_error_is_built() -> None:
    script = (
        "import sys, entrada._wire.aadsts as a; table = 'entrada._wire.aadsts_table'; "
        "assert table not in sys.modules; a.diagnose([50076]); assert table in sys.modules"
    )

    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
