"""The reader's own page: what they sent, what we answered, room for more, and the way to have it all deleted.

Opened by code or secret link.
"""

from datetime import date, datetime
from typing import Any, cast

from flask import Blueprint, Flask, Response, abort, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from tipline.core import callouts, consent, files, readers
from tipline.core.arrival import Arrival
from tipline.core.intake import submissions
from tipline.core.presence import read_marks
from tipline.core.quotes import requests
from tipline.core.readers import receipts
from tipline.core.results import gallery
from tipline.core.results.gallery import PublishedAnswer
from tipline.core.retention import erasure, reader_requests
from tipline.core.tip_page import conversation
from tipline.core.tips import merged
from tipline.db import OUT_OF_REACH, now
from tipline.errors import NotVisible
from tipline.jobs import after_erasure
from tipline.models import ActorKind, Answer, Callout, CalloutStatus, QuoteAnswer, Tip
from tipline.vocabularies import ContactChoice, Source
from tipline.web.files import download
from tipline.web.forms.reader import AddForm, CodeForm, ConsentForm, ReachForm, all_taken_back, nothing_more
from tipline.web.forms.submission import CONSENTS, CONTACTS
from tipline.web.guards import public, read, write
from tipline.web.i18n import html_lang, zone
from tipline.web.ids import typed_id
from tipline.web.place import place, settings
from tipline.web.public import page_drafts, reader_codes, ttl_cache
from tipline.web.public.additions import Addition
from tipline.web.public.filing import NoRoom
from tipline.web.public.form_posts import throttle
from tipline.web.public.reader_codes import ReaderPage
from tipline.web.throttle import Throttle
from tipline.web.uploads import MARK, Posted

blueprint = Blueprint("reader", __name__)
GUESSES, GUESSES_OF_ALL = 10, 300  # a minute; a code has 132 bits, this only keeps the noise down
THEIRS = {Source.FORM, Source.MAIL, Source.PAGE}  # what a reporter wrote down of a call is not shown as their words


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    reader_codes.init(app)
    app.extensions["tipline.guesses"] = Throttle(GUESSES, GUESSES)
    app.extensions["tipline.guesses-of-all"] = Throttle(GUESSES_OF_ALL, GUESSES_OF_ALL)


@blueprint.route("/r", methods=["GET", "POST"])
@public
def enter() -> ResponseReturnValue:
    """Ask for the code."""
    if request.method == "GET":
        return render_template("public/enter.html", form=CodeForm())
    form = CodeForm(request.form)
    if wait := guessed():
        return slowed(render_template("public/enter.html", form=form, wait=wait), wait)
    if not form.validate():
        return render_template("public/enter.html", form=form), 422
    if reader_codes.by_code(form.code.data) is None:
        return render_template("public/enter.html", form=form, unknown=True), 422
    token = receipts.page_token(form.code.data)
    return redirect(url_for("reader.page", token=token, lang=request.args.get("lang")), 303)


def guessed() -> int:
    """Seconds to wait before another guess: from this network, and from all together. 0 for none."""
    return throttle("tipline.guesses") or throttle("tipline.guesses-of-all", everybody=True)


def slowed(page: str, wait: int) -> Response:
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(wait)
    return response


@blueprint.get("/r/lost")
@public
def lost() -> str:
    """What can be done about a lost code, and what can't."""
    return render_template("public/code_lost.html")


@blueprint.get("/r/deleted")
@public
def deleted() -> str:
    """Everything is gone."""
    return render_template("public/deleted.html")


@blueprint.get("/r/<token>")
@public
def page(token: str) -> ResponseReturnValue:
    """What I sent, and messages between us."""
    try:
        found = reader_codes.by_token(token)
    except OUT_OF_REACH:  # what was added a moment ago is known all the same
        if not (added := reader_codes.added(token)):
            raise
        missed = _missed(receipts.token_hash(place().database.master, token))
        waiting = {
            "added": added,
            "added_files": reader_codes.added_files(token),
            "limits": settings().limits,
            **missed,
        }
        return render_template("public/waiting.html", token=token, **waiting)
    if found is None and reader_codes.was_deleted(token):
        return _to_deleted()
    if found is None:
        if wait := guessed():
            return slowed(render_template("public/enter.html", form=CodeForm(), wait=wait), wait)
        return render_template("public/enter.html", form=CodeForm(), dead=True), 404
    if found.tip is None:  # it waits in the spool, and has no page yet
        return render_template("public/waiting.html", token=token, story=found.story, files=found.files)
    return _page(found.tip, token, AddForm(data={"text": page_drafts.text(found.tip)}))


@blueprint.get("/r/<token>/files/<long:file_id>")
@public
def file(token: str, file_id: int) -> ResponseReturnValue:
    """A file that we sent."""
    row = conversation.file_for_reader(read(), _tip_or_404(token).id or 0, file_id)
    return download(files.content(read(), row), row.name)


@blueprint.post("/r/<token>/note")
@public
def note(token: str) -> ResponseReturnValue:
    """Keep what is being typed on the page, or forget it where its reader leaves in haste (`act=leave`)."""
    posted = Posted(request, settings().limits)
    posted.read_words()
    tip = _tip_or_404(token)
    if request.args.get("act") == "leave":
        page_drafts.end(tip, posted.fields, always=True)
        return "", 204
    if throttle("tipline.notes") or throttle("tipline.notes-of-all", everybody=True):
        return "", 429
    page_drafts.note(tip, posted.fields)
    return "", 204


@blueprint.post("/r/<token>/add")
@public
def add(token: str) -> ResponseReturnValue:
    """More words or files. The words are safe first, each file after them."""
    posted = Posted(request, settings().limits)
    posted.read_words()
    form = AddForm(posted.fields)
    code_hash = receipts.token_hash(place().database.master, token)
    once = submissions.addition(place().database.master, form.once.data or "", code_hash)
    try:
        tip = _tip_or_404(token)
    except OUT_OF_REACH:  # whose page it is can't be asked now, but that it was one of ours is signed
        return _add_unasked(token, form, posted, code_hash, once)
    if wait := throttle("tipline.posts"):
        posted.drop_files()
        return _wait(tip, token, form, wait, left_out=posted.left_out)
    if posted.words_too_large or not form.validate():
        posted.drop_files()
        status = 413 if posted.words_too_large else 422
        return _page(tip, token, form, status, too_large=posted.words_too_large, left_out=posted.left_out)
    adding = Addition(form.arrival(tip.id, now(), once), posted, code_hash)
    try:
        added = adding.send()
    except NoRoom:
        return _page(tip, token, form, 503, no_room=True, left_out=adding.left_out)
    if not added:
        return _page(tip, token, form, 422, nothing=True, left_out=adding.left_out)
    page_drafts.end(tip, posted.fields)
    return _added(token, code_hash, adding)


def _add_unasked(token: str, form: AddForm, posted: Posted, code_hash: str, once: str) -> ResponseReturnValue:
    """To the spool, while the database is away; what can't go there goes back to its reader as it came."""
    adding = Addition(form.arrival(None, now(), once), posted, code_hash)
    try:
        wait = throttle("tipline.posts")
        if once and not wait and not posted.words_too_large and form.validate() and adding.send():
            return _added(token, code_hash, adding)
    except NoRoom:
        pass
    posted.drop_files()
    return render_template("public/add_later.html", text=form.text.data), 503


def _added(token: str, code_hash: str, adding: Addition) -> ResponseReturnValue:
    ttl_cache.left_out().put(code_hash, adding.left_out)
    return _back(token, "added", missed=len(adding.left_out) or None)


@blueprint.post("/r/<token>/consent")
@public
def change(token: str) -> ResponseReturnValue:
    """Allow something else from now on, and say which answers stay out of print."""
    tip, form = _tip_or_404(token), ConsentForm(request.form)
    form.offer(_printable(tip))
    if wait := throttle("tipline.posts"):
        return _wait(tip, token, AddForm(), wait, consent_form=form)
    if not form.validate():
        return _page(tip, token, AddForm(), 422, consent_form=form)
    return _allow(tip, token, form.arrival(tip.id or 0, now(), html_lang()), "allowed", form, form.kept_out())


@blueprint.post("/r/<token>/quote")
@public
def quote(token: str) -> ResponseReturnValue:
    """Say whether a quote may be printed."""
    tip, answer = _tip_or_404(token), request.form.get("answer", "")
    if answer not in list(QuoteAnswer):
        abort(422)
    if wait := throttle("tipline.posts"):
        return _wait(tip, token, AddForm(), wait)
    try:
        with write() as session:
            standing = merged.standing(session, tip.id or 0, lock=True) or tip
            asked = request.form.get("request", 0, type=typed_id)
            requests.by_page(session, standing, asked, QuoteAnswer(answer), _today())
            session.commit()
    except OUT_OF_REACH:
        return _page(tip, token, AddForm(), 503, unchanged=True)
    return _back(token, "change" if answer == QuoteAnswer.CHANGE else "answered")


@blueprint.post("/r/<token>/withdraw")
@public
def withdraw(token: str) -> ResponseReturnValue:
    """Publish nothing of it any more."""
    tip = _tip_or_404(token)
    if wait := throttle("tipline.posts"):
        return _wait(tip, token, AddForm(), wait)
    return _allow(tip, token, nothing_more(tip.id or 0, now(), html_lang()), "withdrawn")


@blueprint.post("/r/<token>/reach")
@public
def reach(token: str) -> ResponseReturnValue:
    """Be reached in another way from now on."""
    tip = _tip_or_404(token)
    form = _reach_form(tip, ReachForm(request.form))
    if wait := throttle("tipline.posts"):
        return _wait(tip, token, AddForm(), wait, reach_form=form)
    if not form.validate():
        return _page(tip, token, AddForm(), 422, reach_form=form)
    try:
        with write() as session:
            reader_requests.reach(session, tip.id or 0, ContactChoice(form.contact.data))
            session.commit()
    except OUT_OF_REACH:
        return _page(tip, token, AddForm(), 503, unchanged=True, reach_form=form)
    return _back(token, "reached")


def _allow(
    tip: Tip, token: str, arrival: Arrival, done: str, form: ConsentForm | None = None, kept: set[int] | None = None
) -> ResponseReturnValue:
    try:
        with write() as session:
            reader_requests.allow(session, arrival, _today(), kept)
            session.commit()
    except OUT_OF_REACH:
        return _page(tip, token, AddForm(), 503, unchanged=True, consent_form=form)
    return _back(token, done)


@blueprint.route("/r/<token>/delete", methods=["GET", "POST"])
@public
def delete(token: str) -> ResponseReturnValue:
    """What deleting removes and what it can't; by POST it is done, at once."""
    if reader_codes.was_deleted(token):  # a second press, or the way back
        return _to_deleted()
    found = reader_codes.by_token(token)
    if found is None:
        abort(404)
    if request.method == "GET":
        return _ask_to_delete(found, token)
    if wait := throttle("tipline.posts"):
        return slowed(_ask_to_delete(found, token, wait=wait), wait)
    try:
        tip = found.tip or reader_codes.filed(token)
        with write() as session:
            erased = erasure.erase(session, tip.id or 0 if tip else 0, ActorKind.READER)
            session.commit()
    except erasure.OnHold:
        return _wish_to_delete(token)
    except NotVisible:  # two presses at once: the other one was first
        return _to_deleted()
    except OUT_OF_REACH:
        return _ask_to_delete(found, token, no_room=True), 503
    reader_codes.deleted(token)
    after_erasure.finish(place().database, erased)
    return _to_deleted()


def _to_deleted() -> ResponseReturnValue:
    return redirect(url_for("reader.deleted", lang=request.args.get("lang")), 303)


def _ask_to_delete(found: ReaderPage, token: str, **notices: Any) -> str:
    if isinstance(found.story, Tip):
        holdings = erasure.holdings(read(), found.story)
    else:
        holdings = erasure.holdings_of_form(found.story, found.files)
    return render_template("public/delete.html", token=token, holdings=holdings, **notices)


def _wish_to_delete(token: str) -> ResponseReturnValue:
    """It must be kept, by law: the wish is written down, and nothing may be published."""
    tip = _tip_or_404(token)
    try:
        with write() as session:
            reader_requests.take_back(session, all_taken_back(tip.id or 0, now(), html_lang()), _today())
            session.commit()
    except OUT_OF_REACH:
        return _ask_to_delete(ReaderPage(tip, 0), token, no_room=True), 503
    return _back(token, "held")


def _today() -> date:
    return datetime.now(zone()).date()


def _printable(tip: Tip) -> list[Answer]:
    """The answers that a reader can keep out of print: those that could be printed at all."""
    return consent.publishable(read(), tip)


def _back(token: str, done: str, **more: Any) -> ResponseReturnValue:
    """To the page, which says what was done: "added", "allowed", "reached", "withdrawn" or "held"."""
    here = {"token": token, "done": done, "lang": request.args.get("lang"), **more}
    return redirect(url_for("reader.page", **here), 303)


def _wait(tip: Tip, token: str, form: AddForm, wait: int, **notices: Any) -> ResponseReturnValue:
    response = make_response(_page(tip, token, form, 429, wait=wait, **notices))
    response.headers["Retry-After"] = str(wait)
    return response


def _tip_or_404(token: str) -> Tip:
    tip = receipts.tip_by_token(read(), token)
    if tip is None:
        abort(404)
    return tip


def _page(tip: Tip, token: str, form: AddForm, status: int = 200, **notices: Any) -> ResponseReturnValue:
    session = read()
    callout = session.get_one(Callout, tip.callout_id)
    entries = [
        entry
        for entry in conversation.for_reader(session, tip.id or 0)
        if entry.message is not None and (not entry.by_reader or entry.message.source in THEIRS)
    ]
    spoken = str(get_locale()) if str(get_locale()) in callout.languages else callout.languages[0]
    said = callouts.texts(session, [callout], spoken)[tip.callout_id]
    done = request.args.get("done", "")
    master, code_hash = place().database.master, receipts.token_hash(place().database.master, token)
    if not submissions.addition(master, form.once.data or "", code_hash):
        form.once.data = submissions.new_addition(master, code_hash)
    html = render_template(
        "public/reader.html",
        tip=tip,
        token=token,
        words=receipts.spelled(receipts.code_of_token(token), str(get_locale())) if done == "proven" else [],
        form=form,
        consent_form=notices.pop("consent_form", None) or _consent_form(tip),
        reach_form=notices.pop("reach_form", None) or _reach_form(tip, ReachForm(data={"contact": tip.contact})),
        contacts=CONTACTS,
        answered=bool(entries) and not entries[-1].by_reader,
        was_read=read_marks.was_read(session, tip.id or 0),
        consent_hints={choice.value: hint for choice, (_label, hint) in CONSENTS.items()},
        entries=entries,
        added=reader_codes.added(token),
        added_files=reader_codes.added_files(token),
        answers=submissions.answers(session, tip),
        published=_published(callout, tip),
        quote_requests=requests.for_reader(session, tip),
        gallery_slug=callout.slug,
        consent_history=consent.history(session, tip.id or 0),
        title=said.title,
        title_language=spoken,
        consents=CONSENTS,
        limits=settings().limits,
        form_offered=tip.source is Source.MAIL and callouts.is_open(callout),
        mark=MARK,
        **{**_missed(code_hash), "done": done, **notices},
    )
    return make_response(html, status)


def _missed(code_hash: str) -> dict[str, Any]:
    """How many files of what was added a moment ago did not come through, and which."""
    missed = request.args.get("missed", 0, int)
    return {"missed": missed, "left_out": ttl_cache.left_out().get(code_hash, ()) if missed else ()}


def _published(callout: Callout, tip: Tip) -> list[PublishedAnswer]:
    """What of theirs everybody reads now."""
    if callout.status in (CalloutStatus.DRAFT, CalloutStatus.ARCHIVED):
        return []
    ids = [one.id or 0 for one in merged.family(read(), tip.id or 0)]
    return gallery.of_tips(read(), tip.callout_id, [*ids, *(one.id or 0 for one in merged.split_off(read(), ids))])


def _reach_form(tip: Tip, form: ReachForm) -> ReachForm:
    form.offer(tip.contact, by_mail=bool(readers.mail_address(read(), tip.reader_id)))
    return form


def _consent_form(tip: Tip) -> ConsentForm:
    form = ConsentForm(data={"consent": tip.consent, "withheld": sorted(consent.kept_out(read(), tip))})
    form.offer(_printable(tip))
    return form
