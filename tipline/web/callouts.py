"""The editors' side of callouts: the list, the builder, opening, closing, and how a callout will look."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from tipline.core import callouts, counters, submissions
from tipline.core.callouts import CalloutDraft
from tipline.db import now
from tipline.errors import Conflict, Refused
from tipline.models import Callout, Role
from tipline.web import public
from tipline.web.forms.callout import CalloutForm, blank, filled, form_for
from tipline.web.forms.submission import form_for as submission_form_for
from tipline.web.guards import current_actor, needs, read, write
from tipline.web.i18n import zone
from tipline.web.labels import QUESTION_KIND
from tipline.web.place import settings

blueprint = Blueprint("callouts", __name__)


@blueprint.get("/desk/callouts")
@needs(Role.EDITOR)
def index() -> str:
    """All callouts, newest first."""
    rows = callouts.for_desk(read(), current_actor())
    texts = callouts.texts(read(), rows, str(get_locale()))
    tips = {row.id: counters.total(read(), [row.id or 0], []) for row in rows}
    open_now = {row.id: callouts.is_open(row) for row in rows}
    return render_template("desk/callouts/index.html", rows=rows, texts=texts, tips=tips, open_now=open_now)


@blueprint.route("/desk/callouts/new", methods=["GET", "POST"])
@needs(Role.EDITOR)
def new() -> ResponseReturnValue:
    """A new callout, saved as a draft first."""
    offered = tuple(settings().newsroom.languages)
    if request.method == "GET":
        return _page(blank(offered), None)
    form = form_for(offered, request.form)
    if act := request.form.get("act"):
        return _page(form.rearranged(act), None)
    if not form.validate():
        return _page(form, None, 422)
    try:
        with write() as session:
            made = callouts.create(session, form.draft(zone()), current_actor())
            session.commit()
    except Refused as error:
        form.form_errors.append(_(str(error)))
        return _page(form, None, 422)
    flash(_("Saved as a draft. Look at the preview, then open it."), "done")
    return redirect(url_for("callouts.edit", callout_id=made.id), 303)


@blueprint.route("/desk/callouts/<int:callout_id>", methods=["GET", "POST"])
@needs(Role.EDITOR)
def edit(callout_id: int) -> ResponseReturnValue:
    """The builder. What another editor changed meanwhile is shown beside what was typed, never overwritten unseen."""
    row = callouts.for_edit(read(), callout_id, current_actor())
    offered = _offered(row)
    if request.method == "GET":
        return _page(filled(callouts.draft_of(read(), row), row.version, offered, zone()), row)
    form = form_for(offered, request.form)
    if act := request.form.get("act"):
        return _page(form.rearranged(act), row)
    if not form.validate():
        return _page(form, row, 422)
    draft = form.draft(zone())
    try:
        with write() as session:
            callouts.change(session, callout_id, draft, current_actor(), _version(form))
            session.commit()
    except Conflict as error:
        return _conflict(form, callout_id, draft, _(str(error)))
    except Refused as error:
        form.form_errors.append(_(str(error)))
        return _page(form, row, 422)
    flash(_("Saved."), "done")
    return redirect(url_for("callouts.edit", callout_id=callout_id), 303)


@blueprint.post("/desk/callouts/<int:callout_id>/open")
@needs(Role.EDITOR)
def open_(callout_id: int) -> ResponseReturnValue:
    """Put it before readers."""
    return _turn(callout_id, opened=True)


@blueprint.post("/desk/callouts/<int:callout_id>/close")
@needs(Role.EDITOR)
def close(callout_id: int) -> ResponseReturnValue:
    """Take no more answers."""
    return _turn(callout_id, opened=False)


def _turn(callout_id: int, *, opened: bool) -> ResponseReturnValue:
    try:
        with write() as session:
            (callouts.open_ if opened else callouts.close)(session, callout_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
    else:
        flash(_("Open. Readers can answer now.") if opened else _("Closed. The page says so, and stays."), "done")
    return redirect(url_for("callouts.edit", callout_id=callout_id), 303)


@blueprint.get("/desk/callouts/<int:callout_id>/preview")
@needs(Role.EDITOR)
def preview(callout_id: int) -> ResponseReturnValue:
    """The reader's page as it was saved last. Nothing can be sent from it."""
    row = callouts.for_edit(read(), callout_id, current_actor())
    wanted = request.args.get("lang", "")
    language = wanted if wanted in row.languages else row.languages[0]
    view = callouts.form_of(read(), row, language)
    with force_locale(language):
        form = submission_form_for(view, submissions.new(callout_id, now(), []))
        return public.page(form, preview=True)


def _offered(row: Callout) -> tuple[str, ...]:
    """The newsroom's languages, and those that the callout has from before the setting changed."""
    return tuple(dict.fromkeys([*settings().newsroom.languages, *row.languages]))


def _version(form: CalloutForm) -> int:
    """The version that was edited; 0, which none has, where the field was tampered with."""
    return int(form.version.data) if (form.version.data or "").isdecimal() else 0


def _page(form: CalloutForm, row: Callout | None, status: int = 200, **more: Any) -> ResponseReturnValue:
    html = render_template(
        "desk/callouts/edit.html",
        form=form,
        row=row,
        is_open=row is not None and callouts.is_open(row),
        address=f"{settings().newsroom.url}/c/",
        zone=zone().key,
        **more,
    )
    return make_response(html, status)


def _conflict(form: CalloutForm, callout_id: int, mine: CalloutDraft, text: str) -> ResponseReturnValue:
    """Theirs beside mine; the form keeps mine, and saving it again is then a decision."""
    row = callouts.for_edit(read(), callout_id, current_actor())
    theirs = callouts.draft_of(read(), row)
    form.form_errors.append(text)
    form.version.data = str(row.version)
    return _page(form, row, 409, differences=differences(theirs, mine))


def differences(theirs: CalloutDraft, mine: CalloutDraft) -> list[tuple[str, str, str]]:
    """What the two drafts say differently: where, theirs, mine."""
    there, here = _lines(theirs), _lines(mine)
    return [
        (name, there.get(name, ""), here.get(name, ""))
        for name in {**there, **here}
        if there.get(name, "") != here.get(name, "")
    ]


def _lines(draft: CalloutDraft) -> dict[str, str]:
    lines = {
        _("Address"): draft.slug,
        _("Languages"): ", ".join(draft.languages),
        _("Mail address"): draft.mail_address,
        _("Closing date"): public.moment(draft.closes_at) if draft.closes_at else "",
        _("Answer mail at once"): _("yes") if draft.acknowledge else _("no"),
    }
    for language, said in draft.texts.items():
        lines[f"{_('Title')} ({language})"] = said.title
        lines[f"{_('Introduction')} ({language})"] = said.intro
        lines[f"{_('Why we ask')} ({language})"] = said.why
        lines[f"{_('After closing')} ({language})"] = said.closed_message
        lines[f"{_('Automatic answer')} ({language})"] = said.acknowledgement
    for number, question in enumerate(draft.questions, 1):
        marks = [str(QUESTION_KIND[question.kind])]
        marks += [_("required")] if question.required else []
        marks += [_("says who the reader is")] if question.identity else []
        lines[_("Question %(number)s", number=number)] = ", ".join(marks)
        for language, words in question.texts.items():
            text = "\n".join([words.wording, words.hint, *words.options]).strip()
            lines[f"{_('Question %(number)s', number=number)} ({language})"] = text
    return lines
