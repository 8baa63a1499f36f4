"""Saved replies: their list, and a page for each that shows what it becomes."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.core import callouts
from tipline.core.replies import saved_replies
from tipline.core.replies.saved_replies import Meanings
from tipline.errors import Refused
from tipline.models import SavedReply
from tipline.web.desk.edit_form import kept
from tipline.web.failures import why
from tipline.web.forms.saved_reply import SavedReplyForm
from tipline.web.guards import WORKS, current_actor, needs, read, write
from tipline.web.i18n import language_name
from tipline.web.place import settings

blueprint = Blueprint("saved_replies", __name__)


@blueprint.get("/desk/saved-replies")
@needs(*WORKS)
def index() -> str:
    """All of them, by name."""
    rows = saved_replies.for_desk(read(), current_actor())
    return render_template("desk/saved_replies/index.html", rows=rows, titles=dict(_callouts()))


@blueprint.route("/desk/saved-replies/new", methods=["GET", "POST"])
@needs(*WORKS)
def new() -> ResponseReturnValue:
    """A new one."""
    return _edit(None)


@blueprint.route("/desk/saved-replies/<int:saved_id>", methods=["GET", "POST"])
@needs(*WORKS)
def edit(saved_id: int) -> ResponseReturnValue:
    """Change one."""
    return _edit(saved_replies.find(read(), saved_id, current_actor()))


@blueprint.post("/desk/saved-replies/<int:saved_id>/remove")
@needs(*WORKS)
def remove(saved_id: int) -> ResponseReturnValue:
    """Take one away."""
    with write() as session:
        saved_replies.remove(session, saved_id, current_actor())
        session.commit()
    flash(_("The saved reply is gone. What was sent with it stays."), "done")
    return redirect(url_for("saved_replies.index"), 303)


def _edit(row: SavedReply | None) -> ResponseReturnValue:
    saved_id = row.id if row else None
    form = _form(row)
    if request.form.get("act") == "preview" and form.validate():
        return _preview(form, saved_id)
    return kept(
        form,
        lambda status: _page(form, saved_id, status),
        lambda session: saved_replies.save(session, saved_id, form.draft(), current_actor()),
        "saved_replies.index",
    )


def _preview(form: SavedReplyForm, saved_id: int | None) -> ResponseReturnValue:
    draft = form.draft()
    try:
        saved_replies.check(draft.name.strip().lstrip("/"), draft.text.strip())
    except Refused as error:
        form.form_errors.append(why(error))
        return _page(form, saved_id, 422)
    return _page(form, saved_id, preview=saved_replies.filled(draft.text, _example(form)))


def _form(row: SavedReply | None) -> SavedReplyForm:
    given: dict[str, Any] = {}
    if row is not None:
        given = {"name": row.name, "text": row.text, "callout_id": row.callout_id or 0, "language": row.language}
    form = SavedReplyForm(request.form if request.method == "POST" else None, data=given)
    codes = dict.fromkeys((*settings().newsroom.languages, *([row.language] if row and row.language else [])))
    form.offer(_callouts(), [(code, language_name(code)) for code in codes])
    return form


def _page(form: SavedReplyForm, saved_id: int | None, status: int = 200, preview: str = "") -> ResponseReturnValue:
    names = [f"{{{name}}}" for name in saved_replies.PLACEHOLDERS]
    given = {"form": form, "saved_id": saved_id, "placeholders": names, "preview": preview}
    return render_template("desk/saved_replies/edit.html", **given), status


def _callouts() -> list[tuple[int, str]]:
    mine = callouts.for_desk(read(), current_actor())
    texts = callouts.texts(read(), mine, str(get_locale()))
    return [(row.id or 0, texts[row.id or 0].title or row.slug) for row in mine]


def _example(form: SavedReplyForm) -> Meanings:
    """What a preview puts in place of the placeholders."""
    titles = dict(_callouts())
    return Meanings(
        reader=_("Mei L."),
        reporter=current_actor().name,
        callout=titles.get(form.callout_id.data) or next(iter(titles.values()), _("Title of the callout")),
        newsroom=settings().newsroom.name,
        link=f"{settings().newsroom.url}/m/…",
    )
