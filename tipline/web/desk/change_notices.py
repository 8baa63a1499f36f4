"""Changes in words: what a notice says was done, and what its *Undo* takes back."""

from collections.abc import Sequence
from datetime import date

from babel.lists import format_list
from flask_babel import format_decimal, get_locale, ngettext
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import bulk, tip_fields
from tipline.core.accounts.teams import AudienceMember
from tipline.core.arrival import Automatic
from tipline.core.bulk import steps, visibility_preview
from tipline.core.tip_page.collapsed_events import EventRun
from tipline.core.tips import reminders
from tipline.core.tips.reminders import Weekday, When
from tipline.core.triage import reasons
from tipline.models import (
    Account,
    BulkChange,
    Event,
    Fact,
    FactState,
    FactType,
    Status,
    Tag,
    Verb,
)
from tipline.models.outbox import SCHEDULED
from tipline.web import fact_labels, i18n, labels
from tipline.web.desk import chips
from tipline.web.guards import current_actor
from tipline.web.ids import tip_number

NAMES, NAME = 5, 40  # people in a notice, and letters of each


def of_events(session: Session, done: Sequence[Event]) -> str:
    """What was done to one tip: "T-000412: Closed"."""
    tip = tip_number(done[0].tip_id or 0)
    return str(_("%(tip)s: %(what)s", tip=tip, what=", ".join(of_event(session, event) for event in done)))


def of_event(session: Session, event: Event) -> str:
    """What one event left, in a few words."""
    after = event.after
    match event.verb:
        case Verb.STATUS:
            return status(session, f"{after}:{event.object_id or ''}")
        case verb if choice := tip_fields.SET_BY.get(verb):
            return labels.alone(choice, after)
        case Verb.ASSIGNED:
            return assigned(session, after)
        case Verb.FOLLOW_UP:
            return followed_up(*reminders.read(after))
        case Verb.TAGGED | Verb.UNTAGGED:
            tag = session.get(Tag, event.object_id)
            name = f"#{tag.name}" if tag else str(_("a tag"))
            return name if event.verb is Verb.TAGGED else str(_("without %(tag)s", tag=name))
        case Verb.FACT | Verb.FACT_CORRECTED:
            return fact(session, event)
        case Verb.AUTOMATIC:
            return str(_("not automatic") if (after or event.before) == Automatic.NO else _("filed as automatic"))
        case Verb.REPLY if after == SCHEDULED:
            return str(_("scheduled a reply"))
        case _:
            return str(labels.VERB[event.verb])


def of_steps(session: Session, wanted: Sequence[Sequence[str]]) -> str:
    """What steps do, in a few words: "Closed (not for us), #visa"."""
    return ", ".join(_of_step(session, verb, value) for verb, value in wanted)


def of_change(session: Session, change: BulkChange) -> str:
    """What a change to several tips does; of one that takes another back, what that was."""
    if change.undoes is None:
        return of_steps(session, change.steps)
    return str(_("Undo: %(what)s", what=of_steps(session, session.get_one(BulkChange, change.undoes).steps)))


def outcome(session: Session, change: BulkChange) -> str:
    """What a change came to, once it ended."""
    what = of_steps(session, change.steps)
    if change.undoes is not None:
        undone = session.get_one(BulkChange, change.undoes)
        if bulk.is_writing(undone):
            return _unsent(change)
        what = of_steps(session, undone.steps)
        text = str(_("Undone: %(what)s.", what=what))
        if left := change.looked_at - change.changed:
            said = ngettext("%(num)s was changed since and stays.", "%(num)s were changed since and stay.", left)
            text = f"{text} {said}"
        return text
    if bulk.is_writing(change):
        return str(ngettext("%(num)s reader is written to.", "%(num)s readers are written to.", change.changed))
    many = format_decimal(change.changed)
    text = ngettext("%(n)s tip changed: %(what)s.", "%(n)s tips changed: %(what)s.", change.changed, n=many, what=what)
    parts = [str(text), *of_sight(session, change), str(_(change.problem)) if change.problem else ""]
    return " ".join(part for part in parts if part)


def of_sight(session: Session, change: BulkChange) -> list[str]:
    """Who sees since what was moved, and who does not any more. The bar has said so before; a macro does not ask, since
    whoever made it chose the callout, and its menu names it: there the notice says so beside its *Undo*."""
    if not any(verb == "move" for verb, _value in change.steps):
        return []
    found = visibility_preview.of_change(session, change)
    said = []
    if found.gain:
        said.append(str(_("Seen now by %(names)s.", names=_named(found.gain))))
    if found.lose:
        said.append(str(_("No longer seen by %(names)s.", names=_named(found.lose))))
    return said


def _named(seers: Sequence[AudienceMember]) -> str:
    """A few names: a notice travels in a cookie."""
    names, more = [seer.name[:NAME] for seer in seers[:NAMES]], len(seers) - NAMES
    if more > 0:
        names.append(str(ngettext("one more", "%(num)s more", more)))
    return str(format_list(names, locale=get_locale()))


def _unsent(change: BulkChange) -> str:
    """How much of what was written to many did not leave after all."""
    n, left = change.changed, change.looked_at - change.changed
    if not left:
        return str(_("Undone: nothing was sent. The text is back in the reply field."))
    back = ngettext("%(num)s message was not sent", "%(num)s messages were not sent", n)
    gone = ngettext("%(num)s had left already", "%(num)s had left already", left)
    return str(_("%(back)s; %(gone)s. The text is here again.", back=back, gone=gone))


def changed(run: EventRun) -> str:
    """What a run of small changes was about: "tags and status"."""
    about = dict.fromkeys(str(labels.CHANGED[verb]) for verb in run.verbs)
    return str(format_list(list(about), locale=get_locale()))


def progress(change: BulkChange) -> str:
    """How far a change came: "312 of 1,204"."""
    done, total = format_decimal(change.looked_at), format_decimal(change.total)
    if bulk.counts_whole(change):
        return str(_("%(done)s of %(total)s", done=done, total=total))
    if change.looked_at < change.total:
        return str(_("%(done)s of more than %(total)s", done=done, total=total))
    return str(_("%(done)s so far", done=done))


def status(session: Session, value: str) -> str:
    """A status and its reason."""
    word, reason = steps.status_of(value)
    name = reasons.name_of(session, reason)
    return f"{labels.STATUS[Status(word)]} ({name})" if name else str(labels.STATUS[Status(word)])


def fact(session: Session, event: Event) -> str:
    """A decision on a fact, by its kind alone: notices travel in a cookie, and what a reader said does not."""
    row = session.get(Fact, event.object_id or 0)
    kind = fact_labels.type_name(session.get_one(FactType, row.type_id)) if row else str(_("a fact"))
    if event.verb is Verb.FACT_CORRECTED:
        return str(_("corrected: %(kind)s", kind=kind))
    return str(_(fact_labels.DECIDED[FactState(event.after)], kind=kind))


def assigned(session: Session, account_id: str) -> str:
    if account_id == "me":
        return str(_("assigned to the person who runs it"))
    account = session.get(Account, int(account_id)) if account_id else None
    return str(_("assigned to %(name)s", name=account.name)) if account else str(_("unassigned"))


def moved(callout_id: int) -> str:
    """Where tips went; of a callout that this person does not see, no more than that."""
    titles = {callout.id: title for callout, title in chips.callouts_of(current_actor())}
    if callout_id not in titles:
        return str(_("moved to another callout"))
    return str(_("moved to “%(callout)s”", callout=titles[callout_id]))


def followed_up(on: date | None, snoozed: bool = False) -> str:
    if snoozed and on:
        return str(_("snoozed until %(day)s", day=i18n.short_day(on)))
    return str(_("follow-up %(day)s", day=i18n.short_day(on))) if on else str(_("no follow-up"))


def _followed_up_later(when: When, snoozed: bool) -> str:
    match when:
        case int():
            if snoozed:
                return str(ngettext("snoozed for %(num)s day", "snoozed for %(num)s days", when))
            return str(ngettext("follow-up in %(num)s day", "follow-up in %(num)s days", when))
        case Weekday():
            name = i18n.weekday(when)
            if snoozed:
                return str(_("snoozed until %(day)s", day=name))
            return str(_("follow-up on %(day)s", day=name))
    return followed_up(when, snoozed)


def _of_step(session: Session, verb: str, value: str) -> str:
    match verb:
        case "status":
            return status(session, value)
        case "assignee":
            return assigned(session, value)
        case name if choice := tip_fields.SETTABLE.get(name):
            return labels.alone(choice, value)
        case "follow_up":
            return _followed_up_later(*reminders.meant(value))
        case steps.WRITE:
            return str(_("a message to each reader"))
        case "move":
            return moved(int(value))
        case "seen":
            return str(_("marked as read") if value == steps.READ else _("marked as unread"))
        case _:
            names = ", ".join(f"#{name}" for name in steps.names(value))
            return names if verb == "tag" else str(_("without %(tag)s", tag=names))
