"""Quotes: the board of all of them, and a page for each, from the passage to the printed article."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import quotes
from tipline.core.access import Actor
from tipline.core.quotes import QuoteView, requests
from tipline.errors import Conflict, Refused
from tipline.models import QuoteAnswer, QuoteState, Tip
from tipline.vocabularies import N_
from tipline.web import i18n, labels, senders
from tipline.web.desk import chips, quote_export
from tipline.web.desk.tip import back
from tipline.web.failures import why
from tipline.web.forms.quotes import AskForm, QuoteForm, filled
from tipline.web.guards import WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.ids import typed_id, typed_long

blueprint = Blueprint("quotes", __name__)

WORDS = re.compile(r"\w+|\s+|[^\w\s]")
STEPS: dict[str, tuple[Callable[[Session, int, Actor], object], str]] = {
    "place": (quotes.place, N_("Marked as placed in an article.")),
    "withdraw": (quotes.withdraw, N_("The quote is withdrawn.")),
    "take_up": (quotes.take_up, N_("You can work on the quote again.")),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of a text beside its original: `kind` is "same", "added" or "removed"."""

    text: str
    kind: str


@blueprint.get("/desk/quotes")
@needs(*WORKS)
def board() -> str:
    """All quotes, or those in one state or of one callout."""
    by, (state, callout_id) = current_actor(), _asked()
    return render_template(
        "desk/quotes/board.html",
        found=quotes.board(read(), by, state, callout_id),
        counted=quotes.counted(read(), by, callout_id),
        states=tuple(QuoteState),
        state=state,
        callout_id=callout_id,
        callouts=chips.callouts_of(by),
        formats=quote_export.FORMATS,
        today=i18n.today(),
        q="",
    )


def _asked() -> tuple[QuoteState | None, int | None]:
    state = request.values.get("state", "")
    return QuoteState(state) if state in list(QuoteState) else None, request.values.get(
        "callout", type=typed_id
    ) or None


@blueprint.post("/desk/quotes/export")
@needs(*WORKS)
def export() -> Response:
    """The quotes of the board that may be printed, as a file, with what stands under each and why it may be."""
    if (written := quote_export.FORMATS.get(request.form.get("form", ""))) is None:
        abort(422)
    state, callout_id = _asked()
    with write() as session:
        found = quotes.board(session, current_actor(), state, callout_id)
        printable = quotes.for_print(session, found, current_actor())
        session.commit()
    response = make_response(written.write(printable))
    response.headers["Content-Type"] = written.type
    response.headers["Content-Disposition"] = (
        f'attachment; filename="quotes-{i18n.today().isoformat()}.{written.ending}"'
    )
    return response


@blueprint.post("/desk/tips/<int:tip_id>/quotes")
@needs(*WORKS)
def draft(tip_id: int) -> ResponseReturnValue:
    """Begin a quote with a highlighted passage, or with the story."""
    tip_or_404(tip_id)
    passage = request.form.get("passage", type=typed_id)
    try:
        with write() as session:
            row = quotes.draft(session, tip_id, current_actor(), passage)
            session.commit()
    except Refused as error:
        flash(why(error), "error")
        return back(tip_id)
    return redirect(url_for("quotes.edit", quote_id=row.id), 303)


@blueprint.route("/desk/quotes/<int:quote_id>", methods=["GET", "POST"])
@needs(*WORKS)
def edit(quote_id: int) -> ResponseReturnValue:
    """A quote beside what its reader wrote."""
    found = quotes.view(read(), quote_id, current_actor())
    if request.method == "GET":
        return _page(found)
    form = filled(found, request.form)
    if not form.validate():
        return _page(found, form, status=422)
    try:
        with write() as session:
            quotes.edit(session, quote_id, form.change(), form.version.data or "", current_actor())
            session.commit()
    except Conflict as error:
        theirs = quotes.view(read(), quote_id, current_actor())
        form.form_errors.append(why(error))
        form.version.data = quotes.version_of(theirs.row)
        return _page(theirs, form, theirs=True, status=409)
    except Refused as error:
        form.form_errors.append(why(error))
        return _page(found, form, status=422)
    flash(_("Saved."), "done")
    return _back(quote_id)


@blueprint.post("/desk/quotes/<int:quote_id>/ask")
@needs(*WORKS)
def ask(quote_id: int) -> ResponseReturnValue:
    """Send the reader exactly this quote; `act` is "preview" to see the message first."""
    by, form = current_actor(), AskForm(request.form)
    found = quotes.view(read(), quote_id, by)
    if not form.validate():
        return _page(found, ask=form, status=422)
    if request.form.get("act") == "preview":
        return _page(
            found, ask=form, preview=requests.text_of(read(), found.row, found.tip, form.asking(), i18n.today())
        )
    sender = senders.of_tip(read(), found.tip)
    try:
        with write() as session:
            requests.ask(session, quote_id, form.asking(), by, sender, i18n.today())
            session.commit()
    except Refused as error:
        form.form_errors.append(why(error))
        return _page(found, ask=form, status=422)
    flash(
        _("The reader is asked. Without an answer by %(day)s it is a no.", day=i18n.day(form.last_day(i18n.today()))),
        "done",
    )
    return _back(quote_id)


@blueprint.post("/desk/quotes/<int:quote_id>/answer")
@needs(*WORKS)
def record(quote_id: int) -> ResponseReturnValue:
    """Write down what the reader said: in a message, or in another way."""
    quotes.find(read(), quote_id, current_actor())
    answer = request.form.get("answer", "")
    if answer not in list(QuoteAnswer):
        abort(422)
    evidence = request.form.get("message", type=typed_long) or None
    return _step(
        quote_id,
        lambda session, by: requests.record(session, quote_id, QuoteAnswer(answer), by, i18n.today(), evidence),
        _("Written down: %(answer)s.", answer=labels.QUOTE_ANSWER[QuoteAnswer(answer)]),
    )


@blueprint.post("/desk/quotes/<int:quote_id>/step")
@needs(*WORKS)
def step(quote_id: int) -> ResponseReturnValue:
    """Place, publish or withdraw a quote, or take it up again."""
    quotes.find(read(), quote_id, current_actor())
    act = request.form.get("act", "")
    if act == "publish":
        article = request.form.get("article", "")
        return _step(
            quote_id, lambda session, by: quotes.publish(session, quote_id, article, by), _("Marked as published.")
        )
    if act not in STEPS:
        abort(422)
    work, said = STEPS[act]
    return _step(quote_id, lambda session, by: work(session, quote_id, by), _(said))


@blueprint.post("/desk/quotes/<int:quote_id>/remove")
@needs(*WORKS)
def remove(quote_id: int) -> ResponseReturnValue:
    """Throw away a draft."""
    quotes.find(read(), quote_id, current_actor())
    try:
        with write() as session:
            tip_id = quotes.remove(session, quote_id, current_actor())
            session.commit()
    except Refused as error:
        flash(why(error), "error")
        return _back(quote_id)
    flash(_("The draft is gone."), "done")
    return back(tip_id)


def _step(quote_id: int, work: Callable[[Session, Actor], object], said: str) -> ResponseReturnValue:
    try:
        with write() as session:
            work(session, current_actor())
            session.commit()
    except Refused as error:
        flash(why(error), "error")
    else:
        flash(said, "done")
    return _back(quote_id)


def _back(quote_id: int) -> ResponseReturnValue:
    return redirect(url_for("quotes.edit", quote_id=quote_id), 303)


def _page(
    found: QuoteView,
    form: QuoteForm | None = None,
    ask: AskForm | None = None,
    *,
    preview: str = "",
    theirs: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    row = found.row
    page = render_template(
        "desk/quotes/quote.html",
        found=found,
        row=row,
        tip=found.tip,
        form=form or filled(found),
        ask=ask or AskForm(),
        preview=preview,
        theirs=theirs,
        changes=list(changes(row.original, row.text)),
        answers=tuple(QuoteAnswer),
        today=i18n.today(),
        q="",
    )
    return make_response(page, status)


def changes(before: str, after: str) -> Iterator[Change]:
    """What was changed from one text to another, word by word."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Change("".join(old[a:b]), "same")
            continue
        if a < b:
            yield Change("".join(old[a:b]), "removed")
        if c < d:
            yield Change("".join(new[c:d]), "added")


def of_tip(tip: Tip) -> list[QuoteView]:
    """A tip's quotes, for its page."""
    return quotes.of_tip(read(), tip, current_actor())


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"quotes_of": of_tip}
