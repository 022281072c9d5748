"""HTML of the sign-in pages: one layout, escaped text, and headers that let nothing else run.

Pages work without JavaScript; the one script there is submits a form, and is allowed by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape

from entrada._engine.effects import Response

STYLE = """
:root{color-scheme:light dark;--ink:#1b1b1f;--soft:#55555f;--paper:#fff;--ground:#eef1f6;
--line:#8a8a96;--strong:#0b5cad;--on:#fff;--bad:#a8071a}
@media (prefers-color-scheme:dark){:root{--ink:#f3f3f6;--soft:#b9b9c4;--paper:#202126;
--ground:#121317;--line:#7d7d8a;--strong:#7cb8ff;--on:#0b1b2c;--bad:#ff9aa2}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;
background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:27.5rem;margin:0;padding:2rem 1.5rem;background:var(--paper);
overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
p,ul{margin:0 0 1rem}
ul{padding-left:1.25rem}
small,.soft{color:var(--soft)}
label{display:block;margin:0 0 .25rem}
input[type=text],input[type=password]{width:100%;font:inherit;color:inherit;padding:.6rem;
margin:0 0 1rem;background:transparent;border:1px solid var(--line);border-radius:4px}
button{font:inherit;min-height:2.75rem;padding:.5rem 1.25rem;margin:0 .5rem .5rem 0;cursor:pointer;
border:1px solid var(--strong);border-radius:4px;background:transparent;color:var(--strong)}
button.main{background:var(--strong);color:var(--on)}
button.row{display:block;width:100%;text-align:left;margin:0 0 .5rem}
:focus-visible{outline:3px solid var(--strong);outline-offset:2px}
.bad{color:var(--bad)}
"""
SUBMIT = "document.forms[0].submit()"


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# No form-action: browsers apply it to the redirects after a form too, and those lead to the
# application and wherever it sends its user next. Only our own forms are in a page.
_POLICY = (
    f"default-src 'none'; style-src {_source(STYLE)}; script-src {_source(SUBMIT)}; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def page(title: str, body: str, status: int = 200) -> Response:
    """Return a page; ``body`` is HTML whose texts are escaped already."""
    html = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )
    return Response(
        status,
        {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store, no-cache",
            "content-security-policy": _POLICY,
            "referrer-policy": "strict-origin",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        },
        html.encode("utf-8", "replace"),
    )


def form(action: str, hidden: Mapping[str, str], body: str) -> str:
    """Return a form that is posted."""
    return f'<form method="post" action="{escape(action)}">{_hidden(hidden)}{body}</form>'


def field(name: str, label: str, *, kind: str = "text", error: str = "", **more: str) -> str:
    """Return a labelled input; ``error`` is said beside it and to screen readers."""
    extra = "".join(f' {key.replace("_", "-")}="{escape(value)}"' for key, value in more.items())
    if error:
        extra += ' aria-invalid="true" aria-describedby="error"'
    return (
        f'<label for="{name}">{escape(label)}</label>'
        f'<input id="{name}" name="{name}" type="{kind}"{extra} required>'
    )


def button(label: str, name: str = "", value: str = "", style: str = "main") -> str:
    """Return a button; a named one sends its value and does not ask for the form's fields."""
    if not name:
        return f'<button class="{style}">{escape(label)}</button>'
    return (
        f'<button class="{style}" name="{name}" value="{escape(value)}" formnovalidate>'
        f"{escape(label)}</button>"
    )


def choices(identifier: str, values: Iterable[str]) -> str:
    """Return the suggestions of an input whose ``list`` is ``identifier``."""
    options = "".join(f'<option value="{escape(value)}">' for value in values)
    return f'<datalist id="{identifier}">{options}</datalist>'


def paragraph(text: str, style: str = "") -> str:
    """Return a paragraph."""
    return f'<p class="{style}">{escape(text)}</p>' if style else f"<p>{escape(text)}</p>"


def alert(text: str) -> str:
    """Return an error that screen readers say at once; nothing for no text."""
    return f'<p class="bad" id="error" role="alert">{escape(text)}</p>' if text else ""


def bullets(texts: Iterable[str]) -> str:
    """Return a list of texts."""
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def submitting_page(action: str, values: Mapping[str, str]) -> Response:
    """Return a page that posts values elsewhere by itself, or by a button without JavaScript."""
    hint = paragraph("JavaScript is off. Press the button to go back to the application.")
    body = form(action, values, f"<noscript>{hint}{button('Continue')}</noscript>")
    return page("Working…", f"{body}<script>{SUBMIT}</script>")


def _hidden(values: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    )
