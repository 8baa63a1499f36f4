"""Passages that are marked in messages, and translations that reporters write under them."""

from collections.abc import Callable, Iterator, Sequence

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from tipline.core.facts.fact_sheet import Mark
from tipline.core.tips import highlights
from tipline.core.tips.highlights import Passage
from tipline.core.triage import translations
from tipline.errors import Conflict, NotAllowed, Refused
from tipline.models import Message
from tipline.web import fact_labels, i18n
from tipline.web.desk import listing
from tipline.web.desk.merging import message_or_404
from tipline.web.desk.tip import back, page
from tipline.web.forms import merging as typed
from tipline.web.guards import WORKS, current_actor, needs, tip_or_404, write
from tipline.web.ids import typed_id

blueprint = Blueprint("highlights", __name__)
blueprint.app_context_processor(lambda: {"marked": marked})


def marked(
    message: Message, passages: Sequence[Passage], mark: Callable[[str], Markup], facts: Sequence[Mark] = ()
) -> Markup:
    """A message with its marked passages, the words in which facts were read, and what was searched for."""
    mine = [one for one in passages if one.row.message_id == message.id]
    read = {one.fact_id: one for one in facts if one.message_id == message.id}
    begun, html = set[int](), Markup("")
    spans = [(one.begin, one.until, one.fact_id) for one in read.values()]
    for piece in highlights.pieces(message.text, mine, spans):
        words = mark(piece.text)
        if piece.others:
            words = _in_fact(words, read[piece.others[0]], first=-piece.others[0] not in begun)
            begun.add(-piece.others[0])
        if piece.marks:
            new = [one for one in piece.marks if one not in begun]
            begun.update(new)
            anchor = Markup(' id="p{}"').format(new[0]) if new else Markup("")
            words = Markup('<mark class="passage"{}>{}</mark>').format(anchor, words)
        html += words
    return html


def _in_fact(words: Markup, fact: Mark, *, first: bool) -> Markup:
    """Words in which a fact was read: quietly, with its kind for the pointer."""
    anchor = Markup(' id="f{}"').format(fact.fact_id) if first else Markup("")
    return Markup('<span class="read-fact"{} title="{}">{}</span>').format(
        anchor, fact_labels.type_name(fact.kind), words
    )


def _laid_out(text: str) -> Iterator[tuple[str, int, str]]:
    """A message as it stands: what is before each sentence, the sentence's place, and itself."""
    at = 0
    for begin, said in highlights.sentences(text):
        yield text[at:begin], begin, said
        at = begin + len(said)


@blueprint.route("/desk/messages/<long:message_id>/passages", methods=["GET", "POST"])
@needs(*WORKS)
def choose(message_id: int) -> ResponseReturnValue:
    """The sentences of a message to choose from, for hands without a pointer; and what was chosen, either way."""
    tip, message = message_or_404(message_id)
    if request.method == "GET":
        said = list(_laid_out(message.text))
        return render_template(
            "desk/highlights.html", tip=tip, message=message, sentences=said, here="", q=listing.filters().query()
        )
    if "passage" in request.form:
        wanted = [(request.form.get("begin", 0, type=int), request.form["passage"])]
    else:
        wanted = highlights.chosen(message.text, set(request.form.getlist("sentence", type=int)))
    try:
        with write() as session:
            for begin, passage in wanted or [(0, "")]:
                highlights.mark(session, message_id, begin, passage, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip.id or 0)
    return back(tip.id or 0)


@blueprint.post("/desk/tips/<int:tip_id>/passages/remove")
@needs(*WORKS)
def remove(tip_id: int) -> ResponseReturnValue:
    """Mark a passage no longer."""
    try:
        with write() as session:
            highlights.remove(session, tip_id, request.form.get("passage", 0, type=typed_id), current_actor())
            session.commit()
    except NotAllowed as error:
        flash(_(str(error)), "error")
    return back(tip_id)


@blueprint.post("/desk/messages/<long:message_id>/translation")
@needs(*WORKS)
def translate(message_id: int) -> ResponseReturnValue:
    """Keep what a message says in the reporter's own language; an empty field takes it away."""
    tip, _message = message_or_404(message_id)
    text, seen = request.form.get("text", ""), typed.version(request.form)
    try:
        with write() as session:
            translations.write(session, tip.id or 0, message_id, i18n.html_lang(), text, current_actor(), seen)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        status = 409 if isinstance(error, Conflict) else 422
        return page(tip_or_404(tip.id or 0), status=status, untranslated={message_id: text})
    return back(tip.id or 0)
