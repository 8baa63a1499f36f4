"""Facts of the open tip: confirmed, corrected, rejected, or added by hand."""

from collections.abc import Callable

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import facts
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import Event, FactState
from tipline.web import fact_labels
from tipline.web.desk import change_notices
from tipline.web.desk.tip import back, page
from tipline.web.guards import WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.ids import typed_id

blueprint = Blueprint("facts", __name__)
fact_labels.init(blueprint)


@blueprint.post("/desk/tips/<int:tip_id>/facts/decide")
@needs(*WORKS)
def decide(tip_id: int) -> ResponseReturnValue:
    """Confirm a fact, reject it, or leave it open again. A second window hears of what the first one did."""
    fact_id, state = request.form.get("fact", 0, type=typed_id), _state("state")
    if state is None:
        raise NotVisible("fact")
    try:
        _done(lambda db: facts.decide(db, tip_id, fact_id, state, current_actor(), seen=_state("seen")))
    except Refused as error:
        flash(_(str(error)), "error")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/facts/correct")
@needs(*WORKS)
def correct(tip_id: int) -> ResponseReturnValue:
    """Put another value in the place of one, and confirm it."""
    fact_id, typed = request.form.get("fact", 0, type=typed_id), request.form.get("value", "")
    return _typed(
        tip_id,
        lambda db: facts.correct(db, tip_id, fact_id, typed, current_actor(), seen=_state("seen")),
        {"fact": fact_id, "value": typed},
    )


@blueprint.post("/desk/tips/<int:tip_id>/facts")
@needs(*WORKS)
def add(tip_id: int) -> ResponseReturnValue:
    """Say a fact that is suggested nowhere."""
    type_id, typed = request.form.get("type", 0, type=typed_id), request.form.get("value", "")
    return _typed(
        tip_id,
        lambda db: facts.add(db, tip_id, type_id, typed, current_actor()),
        {"fact": 0, "type": type_id, "value": typed},
    )


def _typed(tip_id: int, change: Callable[[Session], Event | None], given: dict[str, object]) -> ResponseReturnValue:
    """A change with a value that was typed; what can't be taken stands in its field again."""
    try:
        _done(change)
    except Refused as error:
        flash(_(str(error)), "error")
        return page(tip_or_404(tip_id), status=409 if isinstance(error, Conflict) else 422, fact_typed=given)
    return back(tip_id)


def _done(change: Callable[[Session], Event | None]) -> None:
    """Make a change and offer the way back."""
    with write() as session:
        event = change(session)
        session.commit()
    if event is not None:
        flash(change_notices.of_events(read(), [event]), f"undo:{event.id}")


def _state(name: str) -> FactState | None:
    said = request.form.get(name, "")
    return FactState(said) if said in set(FactState) else None
