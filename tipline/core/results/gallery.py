"""A callout's gallery as everybody sees it: chosen answers, as far as their readers allow it now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session, col

from tipline.models import Answer, Callout, Publication, Status, Tip
from tipline.vocabularies import ConsentChoice

PAGE = 20  # answers


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    """A chosen answer as the public sees it: who wrote it is its attribution and nothing else."""

    id: int
    text: str
    attribution: str
    language: str
    published_at: datetime
    changed_at: datetime
    article: str = ""


@dataclass(frozen=True, slots=True)
class GalleryPage:
    answers: list[PublishedAnswer]
    number: int
    pages: int


def page(session: Session, callout_id: int, number: int = 1) -> GalleryPage:
    """A page of what is public now. A number beyond the last is the last."""
    standing = _standing(callout_id)
    count = session.scalar(select(func.count()).select_from(Publication).where(standing)) or 0
    pages = max(1, -(-count // PAGE))
    number = min(max(number, 1), pages)
    query = select(Publication).where(standing).order_by(col(Publication.position), col(Publication.id))
    return GalleryPage(_shown(session.scalars(query.offset((number - 1) * PAGE).limit(PAGE)).all()), number, pages)


def page_of(session: Session, callout_id: int, publication_id: int) -> int:
    """The number of the page on which an answer stands; 1 where it is not public."""
    query = select(col(Publication.id)).where(_standing(callout_id))
    numbers = list(session.scalars(query.order_by(col(Publication.position), col(Publication.id))))
    return numbers.index(publication_id) // PAGE + 1 if publication_id in numbers else 1


def newest(session: Session, callout_id: int, most: int = 50) -> list[PublishedAnswer]:
    """What became public last, newest first, for a feed."""
    query = select(Publication).where(_standing(callout_id))
    latest = query.order_by(col(Publication.published_at).desc(), col(Publication.id).desc())
    return _shown(session.scalars(latest.limit(most)).all())


def of_tips(session: Session, callout_id: int, tip_ids: Collection[int]) -> list[PublishedAnswer]:
    """What of these tips is public now, in the order in which it became so: for their reader's own page."""
    query = select(Publication).where(_standing(callout_id), col(Publication.tip_id).in_(tip_ids))
    return _shown(session.scalars(query.order_by(col(Publication.published_at), col(Publication.id))).all())


def _standing(callout_id: int) -> ColumnElement[bool]:
    """What may be seen now: where a reader allows less, by whichever way, it is gone without anybody's doing."""
    nameless = and_(col(Tip.consent) == ConsentChoice.ANONYMOUS, col(Publication.attribution) == "")
    free = select(col(Tip.id)).where(
        ~col(Tip.restricted),
        col(Tip.status) != Status.SPAM,
        or_(col(Tip.consent) == ConsentChoice.NAME, nameless),
        col(Tip.id) == col(Publication.tip_id),
    )
    held = select(col(Answer.id)).where(col(Answer.id) == col(Publication.answer_id), col(Answer.withheld))
    on = select(col(Callout.id)).where(col(Callout.id) == col(Publication.callout_id), col(Callout.gallery))
    return and_(
        col(Publication.callout_id) == callout_id,
        col(Publication.published_at).is_not(None),
        on.exists(),
        free.exists(),
        ~held.exists(),
    )


def _shown(rows: Sequence[Publication]) -> list[PublishedAnswer]:
    return [
        PublishedAnswer(
            row.id or 0, row.text, row.attribution, row.language, row.published_at, row.changed_at, row.article
        )
        for row in rows
        if row.published_at is not None
    ]
