"""The page of tags: what they are called, their colours and groups, and merging two into one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core import tags
from tipline.core.bulk import steps
from tipline.core.tags import merging
from tipline.errors import Refused
from tipline.models import Role, TagColour
from tipline.web.desk import bulk, chips
from tipline.web.guards import WORKS, current_actor, needs, read, write

blueprint = Blueprint("tags", __name__)


@blueprint.get("/desk/tags")
@needs(*WORKS)
def index() -> ResponseReturnValue:
    """All tags that this person sees, by group."""
    return _page()


def _page(open_tag: int | None = None) -> ResponseReturnValue:
    by = current_actor()
    found = tags.used(read(), by, {tag.id or 0 for tag in chips.tags(by)})
    groups = list(dict.fromkeys(one.tag.group for one in found if one.tag.group))
    given = {
        "tags": found,
        "groups": groups,
        "colours": tuple(TagColour),
        "open_tag": open_tag,
        "may_change": by.edits_callouts,
    }
    return render_template("desk/triage/tags.html", **given)


@blueprint.post("/desk/tags/<int:tag_id>")
@needs(Role.EDITOR)
def change(tag_id: int) -> ResponseReturnValue:
    """Name, colour and group of one tag."""
    typed = request.form
    try:
        colour = TagColour(typed.get("colour", ""))
    except ValueError:
        flash(_(steps.UNKNOWN), "error")
        return _back(tag_id)
    try:
        with write() as session:
            name, group = typed.get("name", ""), typed.get("group", "")
            renamed = merging.change(session, tag_id, name, colour, group, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return _back(tag_id)
    if renamed is None or not renamed.changed:
        flash(_("The tag is saved."), "done")
        return _back(tag_id)
    bulk.say(renamed)
    return redirect(url_for("tags.index"), 303)


@blueprint.post("/desk/tags/<int:tag_id>/merge")
@needs(Role.EDITOR)
def merge(tag_id: int) -> ResponseReturnValue:
    """Put another tag in its place, on every tip."""
    try:
        with write() as session:
            into = tags.find(session, tags.clean(request.form.get("into", "")))
            merged = merging.merge(session, tag_id, into, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return _back(tag_id)
    bulk.say(merged)
    return _back(into or 0)


@blueprint.post("/desk/tags/<int:tag_id>/delete")
@needs(Role.EDITOR)
def delete(tag_id: int) -> ResponseReturnValue:
    """Delete a tag that is on no tip."""
    try:
        with write() as session:
            tags.forget(session, tag_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return _back(tag_id)
    flash(_("The tag is deleted."), "done")
    return redirect(url_for("tags.index"), 303)


def _back(tag_id: int) -> ResponseReturnValue:
    return redirect(url_for("tags.index", _anchor=f"tag-{tag_id}"), 303)
