"""Everything on the desk that has a name: what the palette finds. Only what this person sees."""

from dataclasses import dataclass

from sqlmodel import Session

from tipline.core import callouts, inbox
from tipline.core.access import Actor
from tipline.core.inbox import views
from tipline.core.inbox.views import View
from tipline.core.tip_page import sidebar
from tipline.models import Account, Tag


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """`callouts` are (id, slug, title)."""

    callouts: list[tuple[int, str, str]]
    views: list[View]
    people: list[Account]
    tags: list[Tag]


def named(session: Session, by: Actor, language: str) -> PaletteItem:
    """Callouts, saved views, colleagues and tags, each in the order of its own page."""
    if not by.sees_tips:
        return PaletteItem([], [], sidebar.colleagues(session) if by.manages_people else [], [])
    mine = callouts.for_desk(session, by)
    titles = callouts.texts(session, mine, language)
    return PaletteItem(
        [(c.id or 0, c.slug, titles[c.id or 0].title or c.slug) for c in mine],
        views.views(session, by),
        sidebar.colleagues(session),
        inbox.tags(session, by),
    )
