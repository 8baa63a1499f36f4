"""Quotes for an article, as a file: plain text, HTML, JSON and a Word document. Each has what stands under the quote,
and why it may be printed."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext as _

from tipline.core.quotes import PrintableQuote
from tipline.web import i18n
from tipline.web.ids import tip_number


@dataclass(frozen=True, slots=True)
class Format:
    label: str
    type: str
    ending: str
    write: Callable[[Sequence[PrintableQuote]], bytes]


def evidence(quote: PrintableQuote) -> str:
    """Why a quote may be printed, in one line."""
    return f"{_(quote.reason)} {i18n.exact(quote.approved_at)}" if quote.approved_at else str(_(quote.reason))


def credit(quote: PrintableQuote) -> str:
    return quote.credit or str(_("a reader"))


def _text(quotes: Sequence[PrintableQuote]) -> bytes:
    blocks = [
        f"“{one.text}”\n— {credit(one)}\n[{tip_number(one.tip_id)}] {evidence(one)}"
        + (f"\nSHA-256 {one.quote_hash}" if one.quote_hash else "")
        for one in quotes
    ]
    return ("\n\n".join(blocks) + "\n").encode()


def _html(quotes: Sequence[PrintableQuote]) -> bytes:
    return render_template("desk/quotes/export.html", quotes=quotes, credit=credit, evidence=evidence).encode()


def _json(quotes: Sequence[PrintableQuote]) -> bytes:
    rows = [
        {
            "quote": one.text,
            "original": one.original,
            "credit": one.credit,
            "attribution": one.attribution,
            "tip": tip_number(one.tip_id),
            "state": one.state,
            "article": one.article,
            "may_be_printed": one.reason,
            "approved_at": one.approved_at.isoformat() if one.approved_at else None,
            "sha256": one.quote_hash,
        }
        for one in quotes
    ]
    return (json.dumps(rows, ensure_ascii=False, indent=2) + "\n").encode()


def _docx(quotes: Sequence[PrintableQuote]) -> bytes:
    from docx import Document

    document = Document()
    for one in quotes:
        document.add_paragraph(f"“{one.text}”", style="Intense Quote")
        document.add_paragraph(f"— {credit(one)}")
        document.add_paragraph(f"{tip_number(one.tip_id)}: {evidence(one)}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


FORMATS: Mapping[str, Format] = {
    "txt": Format("TXT", "text/plain; charset=utf-8", "txt", _text),
    "html": Format("HTML", "text/html; charset=utf-8", "html", _html),
    "docx": Format("DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", _docx),
    "json": Format("JSON", "application/json", "json", _json),
}
