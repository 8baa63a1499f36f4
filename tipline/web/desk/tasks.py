"""Tasks of a tip, and checklists that are put on it."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from tipline.core.triage import tasks
from tipline.core.triage.tasks import NewTask
from tipline.errors import Refused
from tipline.web.desk.tip import back
from tipline.web.forms.triage import day
from tipline.web.guards import WORKS, current_actor, needs, write
from tipline.web.ids import typed_id

blueprint = Blueprint("tasks", __name__)


@blueprint.post("/desk/tips/<int:tip_id>/tasks")
@needs(*WORKS)
def add(tip_id: int) -> ResponseReturnValue:
    """Add a task."""
    try:
        due = day(request.form.get("due", ""))
        task = NewTask(request.form.get("task", ""), request.form.get("assignee", type=typed_id) or None, due)
        with write() as session:
            tasks.add(session, tip_id, task, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
    flash(str(tip_id), "changed")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/checklist")
@needs(*WORKS)
def put(tip_id: int) -> ResponseReturnValue:
    """Put a checklist on the tip."""
    try:
        with write() as session:
            n = tasks.put(session, tip_id, request.form.get("checklist", 0, type=typed_id), current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
    else:
        flash(ngettext("%(num)s task added.", "%(num)s tasks added.", n), "done")
    flash(str(tip_id), "changed")
    return back(tip_id)


@blueprint.post("/desk/tasks/<int:task_id>")
@needs(*WORKS)
def tick(task_id: int) -> ResponseReturnValue:
    """Tick a task, or open it again."""
    with write() as session:
        tip_id = tasks.set_done(session, task_id, current_actor(), done=request.form.get("done") == "1").tip_id
        session.commit()
    flash(str(tip_id), "changed")
    return back(tip_id)


@blueprint.post("/desk/tasks/<int:task_id>/remove")
@needs(*WORKS)
def remove(task_id: int) -> ResponseReturnValue:
    """Take a task away."""
    with write() as session:
        tip_id = tasks.remove(session, task_id, current_actor())
        session.commit()
    flash(str(tip_id), "changed")
    return back(tip_id)
