"""The editors' side of callouts: the list, the builder, and where each callout stands."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import callouts
from tipline.core.access import Actor
from tipline.core.accounts import teams
from tipline.core.callouts import CalloutDraft, previews, reuse, stale_translations, versions
from tipline.core.callouts.stale_translations import Known
from tipline.core.counts import counters
from tipline.errors import Conflict, Refused
from tipline.models import Callout, CalloutStatus, Role
from tipline.vocabularies import N_
from tipline.web.callouts.differences import differences
from tipline.web.callouts.previews import NEW_LINK, newsroom_zone, offered_for
from tipline.web.forms.callout import CalloutForm
from tipline.web.forms.callout_made import blank, filled, form_for, rearranged, with_more
from tipline.web.guards import current_actor, needs, read, write
from tipline.web.headers import POLICY
from tipline.web.i18n import own_name
from tipline.web.labels import CALLOUT_TURN
from tipline.web.place import place, settings

blueprint = Blueprint("callouts", __name__)
Turn = Callable[[Session, int, Actor], Callout]
TURNS: dict[str, tuple[Turn, str]] = {
    "open": (callouts.open_, N_("Open. Readers can answer now.")),
    "pause": (callouts.pause, N_("Paused. The page says so, and takes no answers.")),
    "close": (callouts.close, N_("Closed. The page says so, and stays.")),
    "archive": (callouts.archive, N_("Archived. Its page is gone, its tips stay.")),
    "restore": (callouts.bring_back, N_("Back from the archive.")),
}
COPIED = N_("This is the copy, a draft. Its dates and its mail stayed with the other.")
POSSIBLE = {  # the turns that each status offers, the likeliest first
    CalloutStatus.DRAFT: ("open", "archive"),
    CalloutStatus.OPEN: ("pause", "close"),
    CalloutStatus.PAUSED: ("open", "close"),
    CalloutStatus.CLOSED: ("open", "archive"),
    CalloutStatus.ARCHIVED: ("restore",),
}


@blueprint.get("/desk/callouts")
@needs(Role.EDITOR)
def index() -> str:
    """All callouts, newest first; those in the archive folded."""
    rows = callouts.for_desk(read(), current_actor())
    return render_template(
        "desk/callouts/index.html",
        rows=[row for row in rows if row.status is not CalloutStatus.ARCHIVED],
        archived=[row for row in rows if row.status is CalloutStatus.ARCHIVED],
        texts=callouts.texts(read(), rows, str(get_locale())),
        tips=counters.by_callout(read(), current_actor()),
        standing={row.id: callouts.standing(row) for row in rows},
        possible=POSSIBLE,
        turns=CALLOUT_TURN,
    )


@blueprint.route("/desk/callouts/new", methods=["GET", "POST"])
@needs(Role.EDITOR)
def new() -> ResponseReturnValue:
    """A new callout, saved as a draft first."""
    offered = tuple(settings().newsroom.languages)
    if request.method == "GET":
        return _page(blank(offered), None)
    form = form_for(offered, request.form)
    if act := request.form.get("act"):
        return _page(_acted(form, act), None)
    if not form.validate():
        return _page(form, None, 422)
    form.note_behind(_known(form, None))
    try:
        with write() as session:
            made = callouts.create(session, form.draft(newsroom_zone()), current_actor())
            teams.put(session, made.id or 0, form.team.data or (), current_actor())
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
    offered, newsroom = offered_for(row), newsroom_zone()
    if request.method == "GET":
        team = sorted(teams.members(read(), callout_id))
        return _page(filled(callouts.draft_of(read(), row), row.version, offered, newsroom, team), row)
    form = form_for(offered, request.form)
    if act := request.form.get("act"):
        return _page(_acted(form, act), row)
    then = request.form.get("then", "")
    if not form.validate():
        if then:
            form.form_errors.append(_("Nothing was saved yet, and the callout stands where it stood."))
        return _page(form, row, 422)
    form.note_behind(_known(form, row))
    draft = form.draft(newsroom)
    try:
        with write() as session:
            callouts.change(session, callout_id, draft, current_actor(), _version(form))
            teams.put(session, callout_id, form.team_after(teams.members(session, callout_id)), current_actor())
            said, go_on_with = _then(session, callout_id, then)
            session.commit()
    except Conflict as error:
        return _conflict(form, callout_id, draft, _(str(error)))
    except Refused as error:
        form.form_errors.append(_(str(error)))
        return _page(form, row, 422)
    flash(said, "done")
    _say_what_is_behind(form)
    return redirect(url_for("callouts.edit", callout_id=go_on_with), 303)


def _then(session: Session, callout_id: int, then: str) -> tuple[str, int]:
    """What the button does that saved the form: what to say, and which callout comes next."""
    if then == "open":
        callouts.open_(session, callout_id, current_actor())
        return _("Saved, and open. Readers can answer now."), callout_id
    saved, done = _("Saved."), ""
    if then in TURNS:
        act, done = TURNS[then]
        act(session, callout_id, current_actor())
    elif then == "link":
        previews.renew(session, callout_id, current_actor())
        done = NEW_LINK
    elif then == "copy":
        done, callout_id = COPIED, reuse.copy(session, callout_id, current_actor()).id or 0
    return f"{saved} {_(done)}" if done else saved, callout_id


@blueprint.post("/desk/callouts/<int:callout_id>/turn/<any(open, pause, close, archive, restore):turn>")
@needs(Role.EDITOR)
def turn(callout_id: int, turn: str) -> ResponseReturnValue:
    """Open it, pause it, close it, put it into the archive or take it out."""
    act, done = TURNS[turn]
    try:
        with write() as session:
            act(session, callout_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
    else:
        flash(_(done), "done")
    if request.form.get("back") == "list":
        return redirect(url_for("callouts.index"), 303)
    return redirect(url_for("callouts.edit", callout_id=callout_id), 303)


@blueprint.post("/desk/callouts/<int:callout_id>/copy")
@needs(Role.EDITOR)
def copy(callout_id: int) -> ResponseReturnValue:
    """The same callout again, as a new draft."""
    with write() as session:
        made = reuse.copy(session, callout_id, current_actor())
        session.commit()
    flash(_(COPIED), "done")
    return redirect(url_for("callouts.edit", callout_id=made.id), 303)


def _acted(form: CalloutForm, act: str) -> CalloutForm:
    """The form after one of its buttons. "set:…" and "take:…" bring questions from elsewhere; "refresh" none."""
    verb, _colon, name = act.partition(":")
    if verb == "set":
        return with_more(form, reuse.from_set(name))
    if verb == "take":
        number = request.form.get("take_from", "")
        wanted = int(number) if number.isdecimal() and len(number) < 10 else 0
        return with_more(form, reuse.from_callout(read(), wanted, current_actor()) if wanted else [])
    return rearranged(form, act)


def _say_what_is_behind(form: CalloutForm) -> None:
    n = sum(map(len, form.behind.values()))
    if n:
        said = ngettext(
            "One translation still says what its source said before.",
            "%(num)s translations still say what their source said before.",
            n,
        )
        flash(said, "done")


def _known(form: CalloutForm, row: Callout | None) -> Known:
    """What was translated of what: in the callout as it is saved, and in the questions that we offer."""
    drafts = [blank(form.offered).draft(newsroom_zone()), *([callouts.draft_of(read(), row)] if row else [])]
    return stale_translations.known(
        form.source(), drafts, [one for each in reuse.question_sets() for one in each.questions]
    )


def _version(form: CalloutForm) -> int:
    return int(form.version.data) if (form.version.data or "").isdecimal() else 0


def _page(form: CalloutForm, row: Callout | None, status: int = 200, **more: Any) -> ResponseReturnValue:
    form.note_behind(_known(form, row))
    everything = [one for one in callouts.for_desk(read(), current_actor()) if row is None or one.id != row.id]
    response = make_response(
        render_template(
            "desk/callouts/edit.html",
            form=form,
            row=row,
            standing=callouts.standing(row) if row else None,
            possible=POSSIBLE[row.status] if row else (),
            turns=CALLOUT_TURN,
            address=f"{settings().newsroom.url}/c/",
            zone=settings().newsroom.timezone,
            locale=str(get_locale()),
            own_name=own_name,
            candidates=teams.candidates(read()),
            sets=reuse.question_sets(),
            others=callouts.texts(read(), everything, str(get_locale())),
            link=_link(row),
            **_history(form, row),
            **more,
        ),
        status,
    )
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"  # the preview stands beside the form
    return response


def _link(row: Callout | None) -> str:
    if row is None:
        return ""
    token = previews.token(place().database.master, row)
    return settings().newsroom.url + url_for("previews.by_link", token=token)


def _history(form: CalloutForm, row: Callout | None) -> dict[str, Any]:
    """What readers did with the questions, and what saving will do to them."""
    if row is None or row.id is None:
        return {"answers": {}, "earlier": {}, "changes": []}
    answers = versions.counts(read(), row.id)
    return {
        "answers": answers,
        "earlier": versions.earlier(read(), row.id, answers),
        "changes": versions.changes(read(), row, form.draft(newsroom_zone()).questions, answers),
    }


def _conflict(form: CalloutForm, callout_id: int, mine: CalloutDraft, text: str) -> ResponseReturnValue:
    row = callouts.for_edit(read(), callout_id, current_actor())
    theirs = callouts.draft_of(read(), row)
    form.form_errors.append(text)
    form.version.data = str(row.version)
    return _page(form, row, 409, differences=differences(theirs, mine))
