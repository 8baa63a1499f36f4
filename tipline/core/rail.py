"""What stands beside every page of the desk: how much there is to do, and whether the mailboxes are well."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from tipline.core import callouts, inbox
from tipline.core.access import Actor
from tipline.core.inbox import Counts
from tipline.db import now
from tipline.models import CalloutStatus, Mailbox

SILENT_AFTER = timedelta(minutes=30)  # without a full comparison of a mailbox


@dataclass(frozen=True, slots=True)
class RailCallout:
    """A callout with its open work."""

    slug: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Rail:
    counts: Counts
    callouts: list[RailCallout]
    unwell: int = 0  # mailboxes that can't be read, or were not compared for too long; editors are told


def rail(session: Session, by: Actor, today: date, language: str) -> Rail:
    """What this person sees at the side. Callouts that are closed and done with are left to the filters."""
    counts = inbox.counts(session, by, today)
    mine = callouts.for_desk(session, by) if by.sees_tips else []
    shown = [c for c in mine if counts.callouts.get(c.id or 0) or c.status is CalloutStatus.OPEN]
    texts = callouts.texts(session, shown, language)
    return Rail(
        counts,
        [RailCallout(c.slug, texts[c.id or 0].title or c.slug, counts.callouts.get(c.id or 0, 0)) for c in shown],
        _unwell(session) if by.edits_callouts else 0,
    )


def _unwell(session: Session) -> int:
    silent = now() - SILENT_AFTER
    troubled = or_(
        col(Mailbox.error) != "",
        func.coalesce(col(Mailbox.compared_at), col(Mailbox.created_at)) < silent,
    )
    return session.scalar(select(func.count()).select_from(Mailbox).where(troubled)) or 0
