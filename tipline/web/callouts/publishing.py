"""The desk's side of a gallery: choosing answers, cutting them beside the original, publishing and taking off."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import callouts
from tipline.core.access import Actor
from tipline.core.readers.redaction import Trace
from tipline.core.results import publishing, quote_sent
from tipline.core.results.publishing import Chosen
from tipline.core.tips import reply_drafts
from tipline.errors import Conflict, Refused
from tipline.models import Role
from tipline.vocabularies import N_
from tipline.web.desk.tip import back
from tipline.web.forms.publishing import CutForm, filled
from tipline.web.guards import current_actor, needs, read, tip_or_404, write
from tipline.web.i18n import language_name, language_tag
from tipline.web.ids import answer_id
from tipline.web.place import settings

blueprint = Blueprint("publishing", __name__)
Step = Callable[[Session, int, int, Actor], None]


def _up(session: Session, callout_id: int, publication_id: int, by: Actor) -> None:
    publishing.move(session, callout_id, publication_id, by, steps=-1)


def _down(session: Session, callout_id: int, publication_id: int, by: Actor) -> None:
    publishing.move(session, callout_id, publication_id, by, steps=1)


STEPS: dict[str, tuple[Step, str]] = {
    "publish": (publishing.publish, N_("It is public now.")),
    "unpublish": (publishing.unpublish, N_("It is off the public page.")),
    "up": (_up, ""),
    "down": (_down, ""),
    "drop": (publishing.drop, N_("It is no longer among the chosen answers.")),
}


@blueprint.get("/desk/callouts/<int:callout_id>/gallery")
@needs(Role.EDITOR)
def index(callout_id: int) -> str:
    """The chosen answers of a callout, in the order in which the public finds them."""
    row = callouts.for_edit(read(), callout_id, current_actor())
    return render_template(
        "desk/callouts/gallery.html",
        row=row,
        title=callouts.texts(read(), [row], str(get_locale()))[callout_id].title,
        chosen=publishing.chosen(read(), callout_id, current_actor()),
        q="",
    )


@blueprint.post("/desk/tips/<int:tip_id>/publish")
@needs(Role.EDITOR)
def choose(tip_id: int) -> ResponseReturnValue:
    """Put an answer, or the story, of a tip among the chosen ones, and open it to be cut."""
    tip_or_404(tip_id)
    named = answer_id(request.form)
    try:
        with write() as session:
            row = publishing.choose(session, tip_id, current_actor(), named)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip_id)
    return redirect(url_for("publishing.edit", callout_id=row.callout_id, publication_id=row.id), 303)


@blueprint.route("/desk/callouts/<int:callout_id>/gallery/<int:publication_id>", methods=["GET", "POST"])
@needs(Role.EDITOR)
def edit(callout_id: int, publication_id: int) -> ResponseReturnValue:
    """The answer's text beside what its reader wrote. What another editor changed meanwhile is shown, not lost."""
    found = publishing.one(read(), callout_id, publication_id, current_actor())
    if request.method == "GET":
        return _page(found, filled(found, _languages(found)))
    form, act = filled(found, _languages(found), request.form), request.form.get("act", "")
    if act == "unpublish":  # it never waits for a good text
        found = _taken_off(found, form)
    if not form.validate():
        return _page(found, form, 422)
    try:
        if act == "name":
            return _named(found, form)
        if act == "clean":
            form.text.data = publishing.without_giveaways(read(), found, form.text.data or "")
            return _page(found, form)
        if act == "ask":
            return _written_to(found, form)
        _save(found, form, publish=act == "publish")
    except Conflict as error:
        theirs = publishing.one(read(), callout_id, publication_id, current_actor())
        form.form_errors.append(_(str(error)))
        form.version.data = theirs.row.changed_at.isoformat()
        return _page(theirs, form, 409, theirs=theirs.row)
    except Refused as error:
        form.form_errors.append(_(str(error)))
        return _page(found, form, 422)
    flash(_(STEPS[act][1]) if act in ("publish", "unpublish") else _("Saved."), "done")
    return redirect(url_for("publishing.index", callout_id=callout_id, _anchor=f"p{publication_id}"), 303)


def _save(found: Chosen, form: CutForm, *, publish: bool) -> None:
    """Keep what was cut, and publish it in the same breath."""
    where = found.row.callout_id, found.row.id or 0
    with write() as session:
        publishing.change(session, *where, form.cut(), current_actor(), form.opened())
        if publish:
            publishing.publish(session, *where, current_actor(), form.cut().kept, form.cut().unsent)
        session.commit()


def _written_to(found: Chosen, form: CutForm) -> ResponseReturnValue:
    """Save the text, and begin a reply that shows it to its reader."""
    words = _("We would like to publish these words of yours:") + f"\n\n“{form.text.data}”\n\n"
    words += _("Is every word right, and may we publish it?")
    with write() as session:
        publishing.change(session, found.row.callout_id, found.row.id or 0, form.cut(), current_actor(), form.opened())
        reply_drafts.give_back(session, found.row.tip_id, words, current_actor())
        session.commit()
    return redirect(url_for("tip.show", tip_id=found.row.tip_id, _anchor="reply"), 303)


def _taken_off(found: Chosen, form: CutForm) -> Chosen:
    """The answer off the public page; what was typed goes on from there."""
    callout_id, publication_id, by = found.row.callout_id, found.row.id or 0, current_actor()
    with write() as session:
        before = publishing.one(session, callout_id, publication_id, by).row.changed_at
        publishing.unpublish(session, callout_id, publication_id, by)
        session.commit()
    found = publishing.one(read(), callout_id, publication_id, by)
    if form.opened() == before:
        form.version.data = found.row.changed_at.isoformat()
    return found


def _named(found: Chosen, form: CutForm) -> ResponseReturnValue:
    """The reader's name in its line, not yet saved. That it was opened is recorded, as wherever it is shown."""
    with write() as session:
        name = publishing.name_of(session, found.row.callout_id, found.row.id or 0, current_actor())
        session.commit()
    form.attribution.data = name or form.attribution.data
    return _page(found, form, nameless=not name)


@blueprint.post("/desk/callouts/<int:callout_id>/gallery/<int:publication_id>/<step>")
@needs(Role.EDITOR)
def step(callout_id: int, publication_id: int, step: str) -> ResponseReturnValue:
    """One step of an answer in the list."""
    if step not in STEPS:
        abort(404)
    act, done = STEPS[step]
    try:
        with write() as session:
            act(session, callout_id, publication_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        if step == "publish":  # there it can be put right
            return redirect(url_for("publishing.edit", callout_id=callout_id, publication_id=publication_id), 303)
    else:
        if done:
            flash(_(done), "done")
    return redirect(url_for("publishing.index", callout_id=callout_id, _anchor=f"p{publication_id}"), 303)


def _languages(found: Chosen) -> list[tuple[str, str]]:
    tags = [language_tag(code) for code in settings().newsroom.languages]
    offered = dict.fromkeys([*tags, found.tip.language, found.row.language])
    return [("", _("Not said")), *((tag, language_name(tag)) for tag in offered if tag)]


def _pieces(text: str, traces: Sequence[Trace]) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it gives the reader away."""
    pieces, end = [], 0
    for trace in traces:
        pieces += [(text[end : trace.begin], False), (trace.text, True)]
        end = trace.end
    return [*pieces, (text[end:], False)] if traces else []


def _page(found: Chosen, form: CutForm, status: int = 200, **more: Any) -> ResponseReturnValue:
    row = callouts.for_edit(read(), found.row.callout_id, current_actor())
    typed = form.text.data or ""
    traces = publishing.giveaways(read(), found, typed)
    return make_response(
        render_template(
            "desk/callouts/gallery_item.html",
            row=row,
            title=callouts.texts(read(), [row], str(get_locale()))[row.id or 0].title,
            item=found,
            form=form,
            most=publishing.MOST_TEXT,
            pieces=_pieces(typed, traces),
            quote_sent=quote_sent.was_sent(read(), found.tip, typed),
            traces={trace.text: publishing.may_keep(trace, by_name=found.by_name) for trace in traces},
            q="",
            **more,
        ),
        status,
    )
