"""Following a tip by hand, and how notes show whom they call."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from tipline.core import following
from tipline.core.triage import mentions
from tipline.models import Note
from tipline.web.desk.tip import back
from tipline.web.guards import READS, current_actor, needs, read, write

blueprint = Blueprint("following", __name__)


@blueprint.post("/desk/tips/<int:tip_id>/follow")
@needs(*READS)
def follow(tip_id: int) -> ResponseReturnValue:
    """Be told what happens to the tip."""
    with write() as session:
        following.follow(session, tip_id, current_actor())
        session.commit()
    flash(_("You follow this tip."), "done")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/mute")
@needs(*READS)
def mute(tip_id: int) -> ResponseReturnValue:
    """Be told no more."""
    with write() as session:
        following.mute(session, tip_id, current_actor())
        session.commit()
    flash(_("You are not told of this tip any more."), "done")
    return back(tip_id)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {
        "with_mentions": with_mentions,
        "is_following": lambda tip_id: following.is_following(read(), tip_id, current_actor()),
    }


def with_mentions(note: Note, mark: Callable[[str], Markup]) -> Markup:
    """A note's text, with what was searched for and who is called marked."""
    called: dict[int, dict[int, dict[int, str]]] = g.setdefault("called", {})
    if note.tip_id not in called:
        called[note.tip_id] = mentions.of_tip(read(), note.tip_id)
    people = called[note.tip_id].get(note.id or 0, {})
    done, shown = 0, Markup()
    for call in mentions.calls(note.text, people) if people else ():
        mine = current_actor().account_id in call.account_ids
        shown += mark(note.text[done : call.begin])
        shown += Markup('<b class="{}">{}</b>').format(
            "call mine" if mine else "call", note.text[call.begin : call.end]
        )
        done = call.end
    return shown + mark(note.text[done:])
