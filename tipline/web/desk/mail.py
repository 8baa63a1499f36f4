"""The desk's mail page: each mailbox's sum, what was set aside, and replies that did not leave. Editors only."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_number, get_locale
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import callouts
from tipline.core.access import Actor
from tipline.core.mailboxes import ledger, quarantine
from tipline.core.mailboxes.ledger import MailboxAccount
from tipline.errors import Refused
from tipline.mail import manual_entry
from tipline.models import LedgerState, Role
from tipline.sealing.chunks import Plain
from tipline.spool import Spool
from tipline.web.desk import listing, mail_problems, outbox
from tipline.web.files import download
from tipline.web.forms.mail import ByHandForm
from tipline.web.guards import current_actor, needs, read, write
from tipline.web.ids import tip_number
from tipline.web.place import place, settings

blueprint = Blueprint("mail", __name__)


@blueprint.get("/desk/mail")
@needs(Role.EDITOR)
def index() -> str:
    """The account that shows that nothing was lost, and what a person has to look at."""
    return page()


def page(shown: dict[int, tuple[str, str]] | None = None) -> str:
    """The page; `shown` are senders and subjects that were asked for, by ledger row."""
    session, by = read(), current_actor()
    chosen = next((state for state in quarantine.LISTS if state.value == request.args.get("list")), None)
    return render_template(
        "desk/mail.html",
        here="mail",
        accounts=ledger.account(session),
        configured=settings().mailbox,
        spool=Spool.of(place().database).standing(),
        quarantined=quarantine.listed(session, [chosen] if chosen else quarantine.UNRESOLVED, by=by),
        aside_counts=quarantine.counts(session),
        chosen=chosen,
        state_name=mail_problems.of_state,
        shown=shown or {},
        most_shown=quarantine.MAX_SHOWN,
        **outbox.standing(session, by),
        sum_of=sum_of,
        of_mail=mail_problems.of_mail,
        of_mailbox=mail_problems.of_mailbox,
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


@blueprint.post("/desk/mail/<long:ledger_id>/raw")
@needs(Role.EDITOR)
def raw(ledger_id: int) -> ResponseReturnValue:
    """A mail as the mailbox gave it. That it was asked for is recorded."""
    with write() as session:
        content = ledger.raw(session, ledger_id, current_actor())
        session.commit()
    return download(Plain(content), f"mail-{ledger_id}.eml")


@blueprint.post("/desk/mail/<long:ledger_id>/again")
@needs(Role.EDITOR)
def again(ledger_id: int) -> ResponseReturnValue:
    """Let the worker read a mail again that was set aside."""
    return _done(
        quarantine.read_again, ledger_id, _("It is read again within a minute. Reload to see what became of it.")
    )


@blueprint.post("/desk/mail/<long:ledger_id>/fetch")
@needs(Role.EDITOR)
def fetch(ledger_id: int) -> ResponseReturnValue:
    """Let the worker fetch a mail that is larger than what is fetched."""
    return _done(
        quarantine.fetch_anyway, ledger_id, _("It is fetched within a few minutes. Reload to see what became of it.")
    )


@blueprint.post("/desk/mail/<long:ledger_id>/seen-to")
@needs(Role.EDITOR)
def seen_to(ledger_id: int) -> ResponseReturnValue:
    """A mail that disappeared is no alarm any more: somebody looked after it."""
    return _done(quarantine.seen_to, ledger_id, _("Noted. It is no alarm any more."))


@blueprint.post("/desk/mail/<long:ledger_id>/head")
@needs(Role.EDITOR)
def head(ledger_id: int) -> ResponseReturnValue:
    """Who sent a mail that was not fetched: shown in the answer to this POST alone; that it was asked is recorded."""
    try:
        with write() as session:
            found, subject = manual_entry.head(quarantine.head(session, ledger_id, current_actor()))
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return redirect(url_for("mail.index"), 303)
    senders = ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in found.senders)
    return page({ledger_id: (senders, subject)})


@blueprint.route("/desk/mail/<long:ledger_id>/file", methods=["GET", "POST"])
@needs(Role.EDITOR)
def file(ledger_id: int) -> ResponseReturnValue:
    """A tip of a mail that could not be read: the editor chooses its callout and may write down what it says."""
    by = current_actor()
    found = quarantine.to_file(read(), ledger_id, by)
    form = ByHandForm(request.form if request.method == "POST" else None)
    mine = callouts.for_desk(read(), by)
    titles = callouts.texts(read(), mine, str(get_locale()))
    form.offer([(c.id or 0, titles[c.id or 0].title or c.slug) for c in mine])
    if request.method == "POST" and form.validate():
        with write() as session:
            state, raw = quarantine.material(session, ledger_id, by)
            whole = state is LedgerState.QUARANTINED
            arrival = manual_entry.arrival(raw, form.callout_id.data, form.words.data or "", attach=whole)
            filed = quarantine.file_by_hand(session, ledger_id, arrival, by)
            session.commit()
        flash(_("%(tip)s is on the desk.", tip=tip_number(filed.tip_id)), "done")
        return redirect(listing.tip_url(filed.tip_id), 303)
    status = 422 if request.method == "POST" else 200
    return render_template(
        "desk/mail_file.html", form=form, mail=found, here="mail", of_mail=mail_problems.of_mail
    ), status


def _done(verb: Callable[[Session, int, Actor], object], ledger_id: int, said: str) -> ResponseReturnValue:
    """Do one thing to a mail that was set aside, and say what comes of it."""
    try:
        with write() as session:
            verb(session, ledger_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
    else:
        flash(said, "done")
    return redirect(url_for("mail.index"), 303)
