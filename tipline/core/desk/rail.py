"""What stands beside every page of the desk: how much there is to do, and whether the mailboxes are well."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from tipline.core import inbox
from tipline.core.access import Actor
from tipline.core.desk import activity
from tipline.core.inbox import Counts, views
from tipline.core.inbox.views import View
from tipline.core.mailboxes import alarms
from tipline.core.mailboxes.alarms import Alarm
from tipline.core.results import exposed
from tipline.models import Callout, CalloutStatus, Publication


@dataclass(frozen=True, slots=True)
class RailCallout:
    """A callout with its open work."""

    id: int
    slug: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class RailParts:
    """What of the rail few changes touch. `callouts` are those whose tips the person sees, with their titles."""

    callouts: Sequence[tuple[Callout, str]]
    alarms: list[Alarm]  # of the mailboxes; editors are told
    views: list[View]  # what each holds is asked for after the page


@dataclass(frozen=True, slots=True)
class Rail:
    counts: Counts
    callouts: list[RailCallout]
    alarms: list[Alarm]
    views: list[View]
    activity: int = 0  # followed tips with news
    exposed: list[Publication] = field(default_factory=list)  # public texts that give their reader away since
    stricter: list[int] = field(default_factory=list)  # tips whose readers allow less than what was published


def beside(session: Session, by: Actor, callouts: Sequence[tuple[Callout, str]]) -> RailParts:
    """For `rail`: to be asked for less often."""
    return RailParts(callouts, alarms.alarms(session) if by.edits_callouts else [], views.views(session, by))


def rail(session: Session, by: Actor, today: date, beside: RailParts) -> Rail:
    """What this person sees at the side. Callouts that are closed and done with are left to the filters."""
    counts = inbox.counts(session, by, today)
    n = counts.callouts
    return Rail(
        counts,
        [
            RailCallout(c.id or 0, c.slug, title, n.get(c.id or 0, 0))
            for c, title in beside.callouts
            if n.get(c.id or 0) or c.status is CalloutStatus.OPEN
        ],
        beside.alarms,
        beside.views,
        activity.unseen(session, by) if by.sees_tips else 0,
        exposed.exposed(session, by) if by.edits_callouts else [],
        alarms.stricter(session, by) if by.edits_callouts else [],
    )
