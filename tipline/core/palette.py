"""Everything on the desk that has a name: what the palette finds. Only what this person sees."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlmodel import Session, col

from tipline.core import callouts, inbox, sheet
from tipline.core.access import Actor
from tipline.models import Account, SavedView, Tag


@dataclass(frozen=True, slots=True)
class Named:
    """`callouts` are (id, slug, title)."""

    callouts: list[tuple[int, str, str]]
    views: list[SavedView]
    people: list[Account]
    tags: list[Tag]


def named(session: Session, by: Actor, language: str) -> Named:
    """Callouts, saved views, colleagues and tags, each in the order of its own page."""
    if not by.sees_tips:
        return Named([], [], sheet.colleagues(session) if by.manages_people else [], [])
    mine = callouts.for_desk(session, by)
    titles = callouts.texts(session, mine, language)
    own = or_(col(SavedView.account_id) == by.account_id, col(SavedView.shared))
    views = session.scalars(select(SavedView).where(own).order_by(col(SavedView.position), col(SavedView.id)))
    return Named(
        [(c.id or 0, c.slug, titles[c.id or 0].title or c.slug) for c in mine],
        list(views),
        sheet.colleagues(session),
        inbox.tags(session, by),
    )
