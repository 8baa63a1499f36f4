"""A message to many readers: what is written, how it reads to one of them, and one press that sends it to each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tipline.core import outgoing_mail, readers, replies
from tipline.core.bulk import mass_message_drafts, mass_messages
from tipline.core.bulk.mass_messages import MassMessage, Obstacle, PersonalText, Recipient, Recipients, Wording
from tipline.core.presence.page_state import PageState
from tipline.core.replies import saved_replies
from tipline.core.tips import reply_drafts
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import BulkChange, MassMessageDraft, SavedReply, Tip
from tipline.web import i18n, senders
from tipline.web.desk import composer_context, listing, send_times
from tipline.web.desk.composer import undo_time
from tipline.web.failures import why
from tipline.web.guards import WORKS, current_actor, needs, read, write
from tipline.web.ids import typed_id

blueprint = Blueprint("mass_messages", __name__)

HINDRANCES: dict[Obstacle, LazyString] = {
    Obstacle.RESTRICTED: _l("restricted: write to each by themselves"),
    Obstacle.MERGED: _l("merged into another tip"),
    Obstacle.SPAM: _l("filed as spam"),
    Obstacle.AUTOMATIC: _l("a machine wrote it"),
    Obstacle.NO_CONTACT: _l("asked not to be contacted"),
    Obstacle.WITHDRAWN: _l("took back what they had allowed"),
    Obstacle.NO_WAY: _l("left no address and have no page"),
    Obstacle.BAD_ADDRESS: _l("left an address that can’t be written to"),
    Obstacle.BOUNCED: _l("the last mail to them did not arrive"),
    Obstacle.SAME_READER: _l("by a reader who gets it for another tip already"),
    Obstacle.UNFILLED: _l("what stands in { } is not known of them: leave it out of the text, or write to each"),
    Obstacle.MEANWHILE: _l("they or a colleague have written since: look first"),
}
NAMED = 8  # tips of one hindrance that are named


@dataclass(frozen=True, slots=True)
class Preview:
    """The message as one of the readers will get it; `place` is which of them, from 0."""

    tip_id: int
    place: int
    by_mail: bool
    name: str
    sender: str
    subject: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A text and the draft that it is: the random id of its page, and the version that the page knows, "" for none."""

    text: str = ""
    submission: str = field(default_factory=mass_message_drafts.new_id)
    version: str = ""


@blueprint.get("/desk/write")
@needs(*WORKS)
def begin() -> ResponseReturnValue:
    """Who can be written to, and a field for the text. What was begun to them, or was taken back, is there again."""
    again, name, by = request.args.get("again", type=typed_id), request.args.get("draft"), current_actor()
    if again is not None:
        text, ids = mass_messages.taken_back(read(), again, by)
        return _page(ids, Typed(text))
    begun = mass_message_drafts.begun(read(), by)
    if name is not None:
        draft = next((one for one in begun if one.submission == name), None)
        if draft is None:
            raise NotVisible("draft")
        return _page(draft.tips, _of(draft))
    ids = listing.selected() or mass_messages.of_list(read(), listing.filters(), by, i18n.today())
    draft = mass_message_drafts.to(read(), begun, ids, by)
    return _page(ids, _of(draft) if draft else Typed())


@blueprint.post("/desk/write")
@needs(*WORKS)
def compose() -> ResponseReturnValue:
    """What is typed, with a saved reply behind it, or looked over as one of the readers will get it. It is kept for its
    author, and not sent."""
    text = request.form.get("text", "")
    if "away" in request.form:
        _keep("")
        flash(_("The draft is gone."), "done")
        return redirect(listing.list_url(listing.filters().query()), 303)
    saved_id = request.form.get("saved", type=typed_id)
    if saved_id:
        saved = saved_replies.find(read(), saved_id, current_actor()).text
        text = f"{text.strip()}\n\n{saved}" if text.strip() else saved
    try:
        typed = _keep(text)
    except Refused:  # it is too long, or to too many: the page says so
        typed = Typed(text, _submission())
    return _page(listing.selected(), typed, looks=not saved_id and "change" not in request.form)


@blueprint.post("/desk/write/draft")
@needs(*WORKS)
def draft() -> ResponseReturnValue:
    """Save what is typed; the page's script does so by itself."""
    try:
        kept = _keep(request.form.get("text", ""))
    except Refused as error:
        return {"said": _(str(error))}, 422
    return {"submission": kept.submission, "version": kept.version}


@blueprint.post("/desk/write/send")
@needs(*WORKS)
def send() -> ResponseReturnValue:
    """Send it to all who were shown and can still be reached. A second press is the first one once more."""
    ids, text, by = listing.selected(), request.form.get("text", ""), current_actor()
    submission = _submission()
    try:
        send_at = send_times.chosen(request.form)
        wording = _wording(mass_messages.reach(read(), ids, by), text)
        known = PageState.parse(request.form.get("known", ""))
        with write() as session:
            done = mass_messages.send(session, ids, wording, MassMessage(submission, known, undo_time(), send_at), by)
            mass_message_drafts.done(session, submission, by)
            session.commit()
    except Refused as error:
        flash(why(error), "error")
        taken_back = isinstance(error, Conflict)
        typed = Typed(text) if taken_back else Typed(text, submission, request.form.get("draft", ""))
        return _page(ids, typed, looks=True, status=409 if taken_back else 422)
    _say(done.change, len(ids), send_at)
    flash("list", "reload")
    return redirect(listing.list_url(listing.filters().query()), 303)


def _say(change: BulkChange, shown: int, send_at: datetime | None) -> None:
    """How many are written to and when, and that some were left out after all."""
    n, left_out = change.changed, shown - change.changed
    if send_at:
        said = ngettext(
            "%(num)s message goes %(time)s.", "%(num)s messages go %(time)s.", n, time=send_times.words(send_at)
        )
    else:
        said = ngettext("%(num)s message leaves in a moment.", "%(num)s messages leave in a moment.", n)
    flash(said, f"back:{change.id}" if send_at or undo_time() else "done")
    if left_out:
        out = ngettext("%(num)s reader was left out", "%(num)s readers were left out", left_out)
        flash(_("%(out)s: they can’t be reached any more, or have written since.", out=out), "error")


def _submission() -> str:
    return request.form.get("submission", "") or mass_message_drafts.new_id()


def _keep(text: str) -> Typed:
    with write() as session:
        by, submission, seen = current_actor(), _submission(), request.form.get("draft", "")
        row = mass_message_drafts.keep(session, submission, listing.selected(), text, by, seen)
        kept = _of(row) if row else Typed(text, submission)
        session.commit()
    return kept


def _of(draft: MassMessageDraft) -> Typed:
    return Typed(draft.text, draft.submission, reply_drafts.version(draft.changed_at))


def _page(ids: Sequence[int], typed: Typed, *, looks: bool = False, status: int = 200) -> ResponseReturnValue:
    """Who is reached, and the text in its field or (`looks`) as one of them will get it."""
    by, text, many = current_actor(), typed.text, len(ids) > mass_messages.MAX_READERS
    found = Recipients() if many else mass_messages.reach(read(), ids, by)
    preview, problem = None, ""
    if looks:
        wording = _wording(found, text)
        try:
            found = mass_messages.fitting(found, wording)
            preview = _preview(found.there, wording)
        except Refused as error:
            problem, status = why(error), 422
    page = render_template(
        "desk/mass_message.html",
        ids=ids,
        many=many,
        most=mass_messages.MAX_READERS,
        found=found,
        by_mail=sum(one.by_mail for one in found.there),
        hindered=[(found.hindered[why], label) for why, label in HINDRANCES.items() if why in found.hindered],
        named=NAMED,
        languages=_languages(found.there),
        saved=_saved(found.there),
        placeholders=saved_replies.PLACEHOLDERS,
        typed=typed,
        begun=[one for one in mass_message_drafts.begun(read(), by) if one.submission != typed.submission][:NAMED],
        problem=problem,
        preview=preview,
        times=send_times.offered(datetime.now(i18n.zone())),
        q=listing.filters().query(),
        here="",
    )
    return page, status


def _wording(found: Recipients, text: str) -> Wording:
    """The text as it reads to each. Where nothing differs, nobody's name is looked up."""
    by, differs = current_actor(), bool(replies.STANDS_FOR.search(text))

    def own(tip: Tip) -> str:
        return saved_replies.filled(text, composer_context.meanings(tip, by, "")) if differs else text

    return Wording(
        text, {one.tip.id or 0: PersonalText(own(one.tip), senders.of_tip(read(), one.tip)) for one in found.there}
    )


def _preview(there: Sequence[Recipient], wording: Wording) -> Preview | None:
    """The message to the reader who is asked for, else to the first; past the last one comes the first again."""
    if not there:
        return None
    place = request.form.get("at", 0, type=int) % len(there)
    tip, by_mail, by = there[place].tip, there[place].by_mail, current_actor()
    own = wording.own[tip.id or 0]
    return Preview(
        tip_id=tip.id or 0,
        place=place,
        by_mail=by_mail,
        name=readers.short_name(read(), tip, by),
        sender=f"{outgoing_mail.called(own.sender, by.name)} <{own.sender.address}>",
        subject=replies.subject_of(read(), tip) if by_mail else "",
        text=outgoing_mail.signed(own.text, own.sender) if by_mail else own.text,
        language=tip.language,
    )


def _languages(there: Sequence[Recipient]) -> list[tuple[str, list[int]]]:
    """In which languages they write, and the tips of each; nothing where all write the reporter's own."""
    tips: dict[str, list[int]] = {}
    for one in there:
        if one.tip.language:
            tips.setdefault(one.tip.language, []).append(one.tip.id or 0)
    if {code.split("-")[0] for code in tips} <= {get_locale().language}:
        return []
    return [(i18n.language_name(code), ids) for code, ids in sorted(tips.items(), key=lambda one: -len(one[1]))]


def _saved(there: Sequence[Recipient]) -> list[SavedReply]:
    """The saved replies that fit them all, in the language of most first."""
    callouts = {one.tip.callout_id for one in there}
    language = Counter(one.tip.language for one in there).most_common(1)
    return saved_replies.for_tip(
        read(), callouts.pop() if len(callouts) == 1 else None, language[0][0] if language else ""
    )
