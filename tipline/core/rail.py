"""What stands beside every page of the desk: how much there is to do, and whether the mailboxes are well."""

from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from tipline.core import activity, alarms, callouts, inbox, views
from tipline.core.access import Actor
from tipline.core.alarms import Alarm
from tipline.core.inbox import Counts
from tipline.core.views import View
from tipline.models import CalloutStatus


@dataclass(frozen=True, slots=True)
class RailCallout:
    """A callout with its open work."""

    id: int
    slug: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Rail:
    counts: Counts
    callouts: list[RailCallout]
    alarms: list[Alarm] = field(default_factory=list)  # of the mailboxes; editors are told
    views: list[View] = field(default_factory=list)  # what each holds is asked for after the page
    activity: int = 0  # followed tips with news
    stricter: list[int] = field(default_factory=list)  # tips whose readers allow less than what was published


def rail(session: Session, by: Actor, today: date, language: str) -> Rail:
    """What this person sees at the side. Callouts that are closed and done with are left to the filters."""
    counts = inbox.counts(session, by, today)
    mine = callouts.for_desk(session, by) if by.sees_tips else []
    shown = [c for c in mine if counts.callouts.get(c.id or 0) or c.status is CalloutStatus.OPEN]
    texts = callouts.texts(session, shown, language)
    return Rail(
        counts,
        [
            RailCallout(c.id or 0, c.slug, texts[c.id or 0].title or c.slug, counts.callouts.get(c.id or 0, 0))
            for c in shown
        ],
        alarms.alarms(session) if by.edits_callouts else [],
        views.views(session, by),
        activity.unseen(session, by) if by.sees_tips else 0,
        alarms.stricter(session, by) if by.edits_callouts else [],
    )
