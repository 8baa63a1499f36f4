"""One tip: its page beside the list, who its reader is, whether it was read; and tips that reporters enter."""

import secrets
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.core import callouts, intake, readers, triage
from tipline.core.access import Actor
from tipline.core.file_types import PHOTOS, WITH_WORDS
from tipline.core.readers import Identity
from tipline.core.tip_page import sidebar
from tipline.core.tips.reply_drafts import SavedReplyDraft
from tipline.core.triage import forward_credit
from tipline.core.triage.forward_credit import PassedOn
from tipline.db import now
from tipline.mail.automatic import hints
from tipline.models import Tag, Tip
from tipline.vocabularies import ConsentChoice
from tipline.web import fragments, i18n, labels
from tipline.web.desk import chips, composer_context, listing, mail_problems, send_times
from tipline.web.desk.entry_files import WaitingFiles
from tipline.web.forms.contact import ContactForm
from tipline.web.forms.triage import EnterForm
from tipline.web.guards import READS, WORKS, current_actor, needs, read, takes_files, tip_or_404, write
from tipline.web.ids import tip_number, typed_long
from tipline.web.place import settings

blueprint = Blueprint("tip", __name__)

PARTS = {
    "tip": ["desk/_tip.html", "desk/_changed.html", "desk/_rail.html", "desk/_notices.html"],
    "list": ["desk/_list.html", "desk/_rail.html", "desk/_notices.html"],
    "conversation": ["desk/_tip_conversation.html", "desk/_changed.html"],
    "identity": ["desk/_tip_identity.html"],
    "more": ["desk/_rows.html"],
}


@blueprint.get("/desk/tips/<int:tip_id>")
@needs(*READS)
def show(tip_id: int) -> Response:
    """A tip, with the list that `q` names beside it."""
    return page(tip_or_404(tip_id))


def page(
    tip: Tip,
    *,
    status: int = 200,
    shown: Identity | None = None,
    passed_on: PassedOn | None = None,
    compose: str = "",
    unsent: str = "",
    other: SavedReplyDraft | None = None,
    contact: ContactForm | None = None,
    **more: Any,
) -> Response:
    by, wanted = current_actor(), listing.filters()
    assert tip.id is not None
    beside = listing.context(by, tip.id)
    parts = {**PARTS, "list": [*PARTS["list"], "desk/_tip.html"]} if listing.reloads() else PARTS
    if "listing" in beside:
        parts = {**parts, "tip": [*PARTS["tip"], "desk/_list.html"]}
    shows_tip = fragments.target() not in ("more", "list") or listing.reloads()
    full = sidebar.sheet(read(), tip, by, i18n.today()) if shows_tip else None
    given = {
        **beside,
        "tip": tip,
        "sheet": full,
        "name": full.reader if full else "",
        "callout_title": _callout(full) if full else "",
        "identity": shown,
        "passed_on": passed_on,
        "compose": compose,
        "unsent": unsent,
        "other": other,
        "composer": composer_context.composer(tip, full, by, contact) if full and by.works_tips else None,
        "work": composer_context.work(tip, by) if full else None,
        "other_tags": _other_tags(full, by) if full else [],
        **_words(),
        **more,
    }
    address = listing.narrowed_url(wanted.query(), tip.id)
    return fragments.answer("desk/tip.html", parts, address=address, status=status, **given)


def _other_tags(full: sidebar.TipSidebar, by: Actor) -> list[Tag]:
    """What the menu of tags offers: those that the tip does not have yet."""
    has = {tag.id for tag in full.tags}
    return [tag for tag in chips.tags(by) if tag.id not in has] if by.works_tips else []


def _callout(full: sidebar.TipSidebar) -> str:
    return callouts.texts(read(), [full.callout], str(get_locale()))[full.callout.id or 0].title or full.callout.slug


def _words() -> dict[str, Any]:
    return {
        "today": i18n.today(),
        "consent_choices": [choice for choice in ConsentChoice if choice is not ConsentChoice.UNKNOWN],
        "local_value": send_times.local_value,
        "photo_types": frozenset(PHOTOS),
        "word_types": WITH_WORDS,
        "limits": settings().limits,
        "scanner_is_set_up": bool(settings().scanner.clamd),
        "automatic": {"reply": _("automatic reply"), "bounce": _("delivery report"), "list": _("mailing list")},
        "hints_at_machine": hints,
        "trouble": mail_problems.of_reply,
        "state_of": mail_problems.state_of,
        "my_language": i18n.html_lang(),
        "reasons_to_print": labels.WHY,
        "submission": secrets.token_urlsafe(16),
    }


def back(tip_id: int) -> Response:
    """To the page of a tip, with the list that stood beside it."""
    return redirect(listing.tip_url(tip_id, listing.filters().query()), 303)  # type: ignore[return-value]


@blueprint.post("/desk/tips/<int:tip_id>/identity")
@needs(*WORKS)
def show_identity(tip_id: int) -> ResponseReturnValue:
    """Who the reader is. The answer to this POST is the only page that shows it, and that it was asked is recorded."""
    with write() as session:
        found = readers.identity(session, tip_id, current_actor())
        session.commit()
    tip = tip_or_404(tip_id)
    return page(tip, shown=found, passed_on=forward_credit.passed_on(read(), tip, current_actor()))


@blueprint.post("/desk/tips/<int:tip_id>/seen")
@needs(*READS)
def seen(tip_id: int) -> ResponseReturnValue:
    """The tip was read; sent by the page itself after a moment, or by a button."""
    with write() as session:
        triage.mark_seen(session, tip_id, current_actor())
        session.commit()
    flash(str(tip_id), "changed")
    if not fragments.is_fragment():
        return back(tip_id)
    by = current_actor()
    given = {**listing.context(by, tip_id), "tip": tip_or_404(tip_id)}
    return fragments.answer("desk/tip.html", {fragments.target(): ["desk/_changed.html"]}, **given)


@blueprint.post("/desk/tips/<int:tip_id>/unseen")
@needs(*READS)
def unseen(tip_id: int) -> ResponseReturnValue:
    """The tip is unread again, and closed: it would be read at once if it stayed open."""
    with write() as session:
        triage.mark_unseen(session, tip_id, current_actor())
        session.commit()
    flash(str(tip_id), "changed")
    flash(_("%(tip)s is unread.", tip=tip_number(tip_id)), "done")
    return redirect(listing.list_url(listing.filters().query()), 303)


@blueprint.route("/desk/tips/new", methods=["GET", "POST"])
@takes_files
@needs(*WORKS)
def enter() -> ResponseReturnValue:
    """A tip that came by phone, in a chat or in person is taken in like all others."""
    by = current_actor()
    form = EnterForm(request.form if request.method == "POST" else None)
    mine = callouts.to_file_in(read(), by, listing.filters().callouts)
    titles = callouts.texts(read(), mine, str(get_locale()))
    form.offer([(c.id or 0, titles[c.id or 0].title or c.slug) for c in mine], datetime.now(i18n.zone()))
    waiting, keeps = WaitingFiles.of_request(), request.args.get("act") == "keep"
    if request.method == "POST" and not keeps and form.validate():
        with write() as session:
            filed = intake.receive(session, form.arrival(i18n.zone(), now(), waiting.submission_id), by=by)
            triage.mark_seen(session, filed.tip_id, by)
            session.commit()
        flash(_("%(tip)s is on the desk.", tip=tip_number(filed.tip_id)), "done")
        waiting.attach(filed)
        return redirect(listing.tip_url(filed.tip_id), 303)
    if request.method == "POST" and mine:
        waiting.keep(mine[0].id or 0, request.args.get("without", 0, typed_long))
    status = 422 if request.method == "POST" and not keeps else 200
    given = {"here": "enter", "q": "", "limits": settings().limits, "waiting": waiting}
    return render_template("desk/enter.html", form=form, **given), status
