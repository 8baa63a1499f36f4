"""Writing on a tip: replies to the reader and notes for colleagues, by two forms that can't be taken for each other.

Every button of the reply's form first saves what is typed, so that no file, saved reply or slip of the hand costs it.
"""

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, Response, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import replies, triage
from tipline.core.replies import reply_files, saved_replies
from tipline.core.replies.reply_files import AttachmentLimit
from tipline.core.tips import reply_drafts
from tipline.core.tips.reply_drafts import OtherWindow
from tipline.core.triage.attachments import attach_to_note
from tipline.errors import Refused
from tipline.models import DraftKind
from tipline.vocabularies import N_
from tipline.web import senders, uploads
from tipline.web.desk import attachments, composer_context, send_times
from tipline.web.desk.edit_conflicts import ask_first
from tipline.web.desk.tip import back, page
from tipline.web.failures import why
from tipline.web.files import safe_name
from tipline.web.guards import WORKS, current_actor, needs, read, takes_files, tip_or_404, write
from tipline.web.ids import typed_id
from tipline.web.place import settings
from tipline.web.uploads import MB

blueprint = Blueprint("composer", __name__)

NO_FILE = N_("Choose a file first.")


def undo_time() -> timedelta:
    """How long a reply waits, so that it can be taken back."""
    return timedelta(seconds=settings().smtp.undo_seconds)


@blueprint.post("/desk/tips/<int:tip_id>/note")
@takes_files
@needs(*WORKS)
def note(tip_id: int) -> ResponseReturnValue:
    """Write to colleagues, with files or without."""
    text, by = _text(), current_actor()
    try:
        with write() as session:
            note_id = triage.note(session, tip_id, text, by, with_files=attachments.any_chosen()).id or 0
            reply_drafts.done(session, tip_id, DraftKind.NOTE, text, by, request.form.get("draft", ""))
            session.commit()
    except Refused as error:
        attachments.not_yet()
        return _refused(tip_id, DraftKind.NOTE, error)
    attachments.attach(lambda session, attached: attach_to_note(session, note_id, attached, by))
    flash(str(tip_id), "changed")  # its row: no draft any more, and perhaps a file
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/reply")
@takes_files
@needs(*WORKS)
def reply(tip_id: int) -> ResponseReturnValue:
    """Answer the reader, now or at a time. The composer's random id makes a second post of the same form the same
    reply."""
    sender = senders.of_tip(read(), tip_or_404(tip_id))
    given = request.form
    try:
        send_at = send_times.chosen(given)
        if not replies.is_queued(read(), tip_id, given.get("submission", "")):
            _attach(tip_id)  # else its files would wait for the next reply
        with write() as session:
            ask_first(session, tip_id)
            out = replies.queue(
                session, tip_id, _text(), current_actor(), sender, submission=given.get("submission", ""),
                delay=undo_time(), send_at=send_at, draft=given.get("draft", ""),
            )  # fmt: skip
            session.commit()
    except Refused as error:
        return _refused(tip_id, DraftKind.REPLY, error)
    flash(str(tip_id), "changed")  # it waits for its reader now, and its row says so
    if send_at:
        flash(_("The reply goes %(time)s.", time=send_times.words(send_at)), f"unsend:{out.id}")
    elif undo_time():
        flash(_("The reply leaves in a moment."), f"unsend:{out.id}")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/draft")
@takes_files
@needs(*WORKS)
def draft(tip_id: int) -> ResponseReturnValue:
    """Save what is typed. The page's script does so by itself, and gets the draft's version."""
    kind = _kind()
    try:
        with write() as session:
            kept = _keep(session, tip_id, kind)
            session.commit()
    except OtherWindow as error:
        if _by_script():
            return {"text": error.kept.text, "version": error.kept.version, "said": _(str(error))}, 409
        return _refused(tip_id, kind, error)
    except Refused as error:
        return ({"said": _(str(error))}, 422) if _by_script() else _refused(tip_id, kind, error)
    if _by_script():
        return {"version": kept.version}
    flash(str(tip_id), "changed")
    attachments.not_yet()
    flash(_("Draft saved. Only you see it.") if kept.version else _("The draft is gone."), "done")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/reply/files")
@takes_files
@needs(*WORKS)
def attach(tip_id: int) -> ResponseReturnValue:
    """Put the chosen files beside the draft."""
    try:
        _save_typed(tip_id)
        if not _attach(tip_id):
            raise Refused(NO_FILE)
    except Refused as error:
        return _refused(tip_id, DraftKind.REPLY, error)
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/reply/files/<long:reply_file_id>/remove")
@takes_files
@needs(*WORKS)
def detach(tip_id: int, reply_file_id: int) -> ResponseReturnValue:
    """Take a file out of the composer."""
    try:
        _save_typed(tip_id)
        with write() as session:
            reply_files.remove(session, tip_id, reply_file_id, current_actor())
            session.commit()
    except Refused as error:
        return _refused(tip_id, DraftKind.REPLY, error)
    return back(tip_id)


@blueprint.get("/desk/tips/<int:tip_id>/saved-replies/<int:saved_id>")
@needs(*WORKS)
def saved_text(tip_id: int, saved_id: int) -> Response:
    """A saved reply as it reads on this tip, for the page's script to put where the cursor is."""
    return Response(_filled(tip_id, saved_id), mimetype="text/plain")


@blueprint.post("/desk/tips/<int:tip_id>/reply/saved")
@takes_files
@needs(*WORKS)
def insert(tip_id: int) -> ResponseReturnValue:
    """The same without a script: the saved reply stands behind what is typed."""
    by, text = current_actor(), _filled(tip_id, request.form.get("saved", 0, type=typed_id))
    try:
        with write() as session:
            _keep(session, tip_id, DraftKind.REPLY)
            typed = _text().strip()
            reply_drafts.put(session, tip_id, DraftKind.REPLY, f"{typed}\n\n{text}" if typed else text, by)
            session.commit()
    except Refused as error:
        return _refused(tip_id, DraftKind.REPLY, error)
    return back(tip_id)


def _text() -> str:
    return request.form.get("text", "")


def _kind() -> DraftKind:
    value = request.form.get("compose", DraftKind.REPLY)
    return DraftKind(value) if value in list(DraftKind) else abort(400)


def _by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _keep(session: Session, tip_id: int, kind: DraftKind) -> reply_drafts.SavedReplyDraft:
    return reply_drafts.keep(session, tip_id, kind, _text(), current_actor(), request.form.get("draft", ""))


def _save_typed(tip_id: int) -> None:
    with write() as session:
        _keep(session, tip_id, DraftKind.REPLY)
        session.commit()


def _attach(tip_id: int) -> int:
    """Take the files of the form in; returns how many. Photos are drawn anew before the database is asked."""
    tip_or_404(tip_id)
    posted = uploads.of_request()
    room = AttachmentLimit(settings().limits.reply_files_mb * MB)
    if posted.left_out or any(upload.attachment.data.size > room.most for upload in posted.taken):
        raise Refused(reply_files.TOO_LARGE)
    for upload in posted.taken:
        cleaned = reply_files.cleaned(replace(upload.attachment, name=safe_name(upload.attachment.name)))
        with write() as session:
            reply_files.add(session, tip_id, cleaned, current_actor(), room)
            session.commit()
    return len(posted.taken)


def _filled(tip_id: int, saved_id: int) -> str:
    tip, by = tip_or_404(tip_id), current_actor()
    saved = saved_replies.find(read(), saved_id, by)
    return saved_replies.filled(saved.text, composer_context.meanings(tip, by, saved.language))


def _refused(tip_id: int, kind: DraftKind, error: Refused) -> ResponseReturnValue:
    """The page with what was typed, and why it went no further. Nothing typed is lost."""
    flash(why(error), "error")
    other = error.kept if isinstance(error, OtherWindow) else None
    return page(tip_or_404(tip_id), status=409 if other else 422, compose=kind, unsent=_text(), other=other)
