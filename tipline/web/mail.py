"""The desk's mail page: each mailbox's sum, what was set aside, and replies that did not leave. Editors only."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_number
from flask_babel import gettext as _

from tipline.core import ledger, replies
from tipline.core.ledger import MailboxAccount
from tipline.errors import Refused
from tipline.models import Role
from tipline.web import troubles
from tipline.web.files import download
from tipline.web.guards import current_actor, needs, read, write
from tipline.web.place import settings

blueprint = Blueprint("mail", __name__)


@blueprint.get("/desk/mail")
@needs(Role.EDITOR)
def index() -> str:
    """The account that shows that nothing was lost, and what a person has to look at."""
    session, by = read(), current_actor()
    waiting, oldest = replies.waiting(session, by)
    return render_template(
        "desk/mail.html",
        here="mail",
        accounts=ledger.account(session),
        set_aside=ledger.set_aside(session),
        most_shown=ledger.MOST_SHOWN,
        troubled=replies.troubled(session, by),
        waiting=waiting,
        oldest=oldest,
        sends=bool(settings().smtp.host),
        sum_of=sum_of,
        of_mail=troubles.of_mail,
        of_mailbox=troubles.of_mailbox,
        of_reply=troubles.of_reply,
    )


def sum_of(box: MailboxAccount) -> str:
    """The sum of a mailbox as a sentence: what lies on the server, and what became of each."""
    parts = [
        _("%(n)s filed", n=format_number(box.filed)),
        _("%(n)s duplicate", n=format_number(box.duplicate)),
        _("%(n)s quarantined", n=format_number(box.quarantined)),
        _("%(n)s oversize", n=format_number(box.oversize)),
        _("%(n)s not fetched", n=format_number(box.failed)),
        _("%(n)s pending", n=format_number(box.pending)),
    ]
    counts = (box.filed, box.duplicate, box.quarantined, box.oversize, box.failed, box.pending)
    shown = [part for part, n in zip(parts, counts, strict=True) if n] or parts[:1]
    sentence: str = _("%(n)s on the server = %(parts)s", n=format_number(box.on_server), parts=" + ".join(shown))
    if box.elsewhere:
        sentence += "; " + _("%(n)s filed earlier are no longer there", n=format_number(box.elsewhere))
    return sentence + "."


@blueprint.post("/desk/mail/<int:ledger_id>/raw")
@needs(Role.EDITOR)
def raw(ledger_id: int) -> ResponseReturnValue:
    """A mail as the mailbox gave it. That it was asked for is recorded."""
    with write() as session:
        content = ledger.raw(session, ledger_id, current_actor())
        session.commit()
    return download(content, f"mail-{ledger_id}.eml")


@blueprint.post("/desk/mail/<int:ledger_id>/again")
@needs(Role.EDITOR)
def again(ledger_id: int) -> ResponseReturnValue:
    """Let the worker read a mail again that was set aside."""
    try:
        with write() as session:
            ledger.read_again(session, ledger_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
    else:
        flash(_("It is read again within a minute. Reload to see what became of it."), "done")
    return redirect(url_for("mail.index"), 303)
