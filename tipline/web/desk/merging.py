"""What belongs together: merging, splitting, moving, linking, one person's tips, and tips that say the same."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import access, accounts, callouts, merge, readers
from tipline.core.accounts import teams
from tipline.core.filters import Filters
from tipline.core.merge import splitting, unmerge
from tipline.core.presence import recent_tips
from tipline.core.readers import same_reader
from tipline.core.related import links, shared_words
from tipline.core.triage import moving
from tipline.errors import NotVisible, Refused
from tipline.models import Event, Message, Tip
from tipline.vocabularies import N_
from tipline.web import fragments, i18n
from tipline.web.desk import listing, pages
from tipline.web.desk.tip import back, page
from tipline.web.forms import merging as typed
from tipline.web.guards import READS, WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.i18n import zone
from tipline.web.ids import tip_number, typed_id

blueprint = Blueprint("merging", __name__)

NO_SUCH_WORDS = N_("No tip that you see has these words. Write fewer, or a number like T-000412.")
FOUND = 10  # by words
NOT_FOUND = N_("There is no such tip, or you don’t see it.")
NO_CALLOUT = N_("Choose a callout.")


def _change(tip_id: int, change: Callable[[Session], list[Event]], said: str, *, to: int = 0) -> ResponseReturnValue:
    """Make a change, say so with a way back, and go on to the tip `to`, else back."""
    try:
        with write() as session:
            done = change(session)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip_id)
    if done:
        flash(said, "undo:" + ",".join(str(event.id) for event in done))
    for changed in dict.fromkeys((tip_id, to or tip_id)):
        flash(str(changed), "changed")
    return back(to or tip_id)


def _one(event: Event | None) -> list[Event]:
    return [event] if event else []


@blueprint.get("/desk/tips/<int:tip_id>/belongs")
@needs(*WORKS)
def choose(tip_id: int) -> ResponseReturnValue:
    """Choose another tip; with `with`, what merging or linking the two would do, or those that have these words."""
    tip, by, wanted = tip_or_404(tip_id), current_actor(), request.args.get("with", "").strip()
    problem, plan, refused, other = "", None, "", None
    named = typed.tip_id(wanted)
    by_words = _by_words(tip_id, wanted) if wanted and named is None else []
    if named is not None:
        try:
            other = access.tip(read(), named, by)
            stays = _stays(tip, other)
            plan = merge.plan(read(), (other if stays is tip else tip).id or 0, stays.id, by)
        except NotVisible:
            problem = _(NOT_FOUND)
        except Refused as error:
            refused = _(str(error))
    elif wanted and not by_words:
        problem = _(NO_SUCH_WORDS)
    return render_template(
        "desk/merging.html",
        tip=tip,
        other=other,
        plan=plan,
        refused=refused,
        problem=problem,
        wanted=wanted,
        offered=_offered(tip, by_words),
        people=accounts.names(read()) if plan else {},
        names=readers.short_names(read(), [plan.tip, plan.target] if plan else [tip], by),
        here="",
        q=listing.filters().query(),
    ), (422 if problem else 200)


def _stays(tip: Tip, other: Tip) -> Tip:
    """The older number stays, whichever page was open; `stays` names the other one."""
    wanted = request.args.get("stays", type=typed_id)
    return next((one for one in (tip, other) if one.id == wanted), min(tip, other, key=lambda one: one.id or 0))


def _by_words(tip_id: int, wanted: str) -> list[Tip]:
    asked = Filters.parse(wanted, zone())
    if not asked.understood().query():
        return []  # nothing of it was understood: that is no list of everything
    found = pages.of_list(asked, i18n.today(), limit=FOUND + 1)
    return [row.tip for row in found.rows if row.tip.id != tip_id][:FOUND]


def _offered(tip: Tip, by_words: list[Tip]) -> list[tuple[str, list[Tip]]]:
    """Tips to choose from, each in the first group that has it: heading and tips."""
    by = current_actor()
    near = links.related(read(), tip, by)
    alike = [one.tip for one in shared_words.of_tip(read(), tip, by).tips]
    groups = [
        (_("Found by these words"), by_words),
        (_("By the same reader"), near.same_reader + [one.tip for one in near.same_person]),
        (_("May belong together"), near.may_belong + near.linked + alike),
        (_("Opened lately"), recent_tips.tips(read(), by)),
    ]
    shown, offered = {tip.id}, []
    for heading, tips in groups:
        new = {one.id: one for one in tips if one.id not in shown}
        shown |= new.keys()
        offered += [(heading, list(new.values()))] if new else []
    return offered


@blueprint.get("/desk/tips/<int:tip_id>/shared")
@needs(*READS)
def shared(tip_id: int) -> Response:
    """Tips that share rare words or facts with this one: on its page once that is shown, or on a page of its own."""
    tip = tip_or_404(tip_id)
    return fragments.answer(
        "desk/shared.html",
        {"shared": ["desk/_tip_shared.html"]},
        tip=tip,
        shared=shared_words.of_tip(read(), tip, current_actor()),
        here="",
        q=listing.filters().query(),
    )


@blueprint.post("/desk/tips/<int:tip_id>/merge")
@needs(*WORKS)
def merge_tips(tip_id: int) -> ResponseReturnValue:
    """Move everything of the tip into the one that is named, else the one that it may belong to, and open that."""
    into = typed.other(request.form) if request.form.get("other") else None
    try:
        with write() as session:
            target = merge.merge(session, tip_id, current_actor(), i18n.today(), into=into)
            event = unmerge.merge_event(session, target, tip_id)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip_id)
    flash(str(tip_id), "changed")
    flash(_("%(tip)s is merged into this tip.", tip=tip_number(tip_id)), f"undo:{event.id if event else ''}")
    return back(target)


@blueprint.post("/desk/tips/<int:tip_id>/unmerge")
@needs(*WORKS)
def unmerge_tips(tip_id: int) -> ResponseReturnValue:
    """Take the tip out of the one that it was merged into, and open it."""
    into, since = tip_or_404(tip_id).merged_into or 0, 0
    try:
        with write() as session:
            since = unmerge.came_since(session, tip_id, into)
            unmerge.unmerge(session, tip_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip_id)
    flash(_("%(tip)s stands by itself again.", tip=tip_number(tip_id)), "done")
    if since:
        flash(_("What was written since the merge stays in %(tip)s.", tip=tip_number(into)), "done")
    flash("list", "reload")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/link")
@needs(*WORKS)
def link(tip_id: int) -> ResponseReturnValue:
    """Put the tip beside another."""
    other, by = typed.other(request.form), current_actor()
    said = _("Linked with %(tip)s.", tip=tip_number(other))
    return _change(tip_id, lambda s: _one(links.link(s, tip_id, other, by)), said)


@blueprint.post("/desk/tips/<int:tip_id>/unlink")
@needs(*WORKS)
def unlink(tip_id: int) -> ResponseReturnValue:
    """Take the link to another tip away."""
    other, by = typed.other(request.form), current_actor()
    said = _("No longer linked with %(tip)s.", tip=tip_number(other))
    return _change(tip_id, lambda s: _one(links.unlink(s, tip_id, other, by)), said)


@blueprint.post("/desk/tips/<int:tip_id>/not-part")
@needs(*WORKS)
def not_part(tip_id: int) -> ResponseReturnValue:
    """The tip does not belong to the one that it may belong to. `open`: the one whose page says so."""
    by, opened = current_actor(), request.form.get("open", tip_id, type=typed_id)
    return _change(tip_id, lambda s: _one(links.not_part(s, tip_id, by)), _("It is suggested no more."), to=opened)


@blueprint.post("/desk/tips/<int:tip_id>/same-reader")
@needs(*WORKS)
def same(tip_id: int) -> ResponseReturnValue:
    """The readers of two tips are one person."""
    other, by = typed.other(request.form), current_actor()
    said = _("One person: both identities stay sealed apart.")
    return _change(tip_id, lambda s: [same_reader.same(s, tip_id, other, by)], said)


@blueprint.post("/desk/tips/<int:tip_id>/other-reader")
@needs(*WORKS)
def apart(tip_id: int) -> ResponseReturnValue:
    """They are two people after all."""
    other, by = typed.other(request.form), current_actor()
    return _change(tip_id, lambda s: [same_reader.apart(s, tip_id, other, by)], _("Two people again."))


@blueprint.post("/desk/tips/<int:tip_id>/identity/of-other")
@needs(*WORKS)
def identity(tip_id: int) -> ResponseReturnValue:
    """Who the same person is as another tip knows them. The look is recorded there, as if that tip were open."""
    tip, other_id, by = tip_or_404(tip_id), typed.other(request.form), current_actor()
    if other_id not in {one.id for one in same_reader.other_tips(read(), tip, by)}:
        raise NotVisible("tip")
    with write() as session:
        found = readers.identity(session, other_id, by)
        session.commit()
    return page(tip_or_404(tip_id), other_identity=found, other_tip=other_id)


@blueprint.route("/desk/messages/<long:message_id>/split", methods=["GET", "POST"])
@needs(*WORKS)
def split(message_id: int) -> ResponseReturnValue:
    """Make a tip of a message, alone or with what came after it; first a page that says what that does."""
    tip, message = message_or_404(message_id)
    if request.method == "GET":
        return _split_page(tip, message)
    try:
        with write() as session:
            wanted = request.form.get("what") == "after"
            made, event = splitting.split(session, message_id, current_actor(), after=wanted)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip.id or 0)
    flash(_("%(tip)s is a tip of its own now.", tip=tip_number(made.id or 0)), f"undo:{event.id}")
    flash("list", "reload")
    return back(made.id or 0)


def _split_page(tip: Tip, message: Message) -> str:
    refused = ""
    try:
        splitting.may(read(), tip, message)
    except Refused as error:
        refused = _(str(error))
    return render_template(
        "desk/split.html",
        tip=tip,
        message=message,
        later=splitting.later(read(), message),
        refused=refused,
        here="",
        q=listing.filters().query(),
    )


def message_or_404(message_id: int) -> tuple[Tip, Message]:
    """A message and its tip, as this person may see it."""
    message = read().get(Message, message_id)
    if message is None:
        raise NotVisible("message")
    return tip_or_404(message.tip_id), message


@blueprint.route("/desk/tips/<int:tip_id>/move", methods=["GET", "POST"])
@needs(*WORKS)
def move(tip_id: int) -> ResponseReturnValue:
    """Give the tip to another callout; first a page that says who will see it no longer, and who will."""
    tip, by = tip_or_404(tip_id), current_actor()
    if request.method == "GET":
        mine = [callout for callout in callouts.to_file_in(read(), by) if callout.id != tip.callout_id]
        texts = callouts.texts(read(), mine, str(get_locale()))
        audiences = [teams.audience(read(), tip, callout.id or 0) for callout in mine]
        titles = [texts[callout.id or 0].title or callout.slug for callout in mine]
        found = list(zip(mine, titles, audiences, strict=True))
        return render_template("desk/move.html", tip=tip, found=found, here="", q=listing.filters().query())
    callout_id = request.form.get("callout", type=typed_id)
    if callout_id is None:
        flash(_(NO_CALLOUT), "error")
        return redirect(request.full_path.rstrip("?"), 303)
    flash("list", "reload")
    return _change(tip_id, lambda s: moving.move(s, tip_id, callout_id, by), _("Moved to the other callout."))
