"""Two at one tip: what others did since a page was drawn is shown before what the page sends takes effect."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access, tags, tip_fields
from tipline.core.access import Actor
from tipline.core.following import by_others
from tipline.core.tips import reminders
from tipline.errors import Refused, TiplineError
from tipline.models import Event, Status, Tip, Verb

DONE = (Status.USED, Status.CLOSED, Status.SPAM)  # what is done with is not looked at again
SHOWN = 5
VERBS: dict[str, tuple[Verb, ...]] = {
    "reply": (Verb.REPLY, Verb.MESSAGE, Verb.CONSENT, Verb.SAFE_WAY, Verb.MERGED),
    **{field.name: field.verbs for field in tip_fields.FIELDS if field.verbs},
    "tag": (Verb.UNTAGGED,),
    "untag": (Verb.TAGGED,),
}


@dataclass(frozen=True, slots=True)
class IntendedChange:
    """What a page sends: a reply, or a value for a field. `known` is the tip's last event when it was drawn."""

    about: str  # a key of VERBS
    known: int
    value: str = ""  # as the tip holds it: a word, an id or a date; of tags their names
    tags: Collection[str] = ()
    tag_id: int = 0


class EditConflict(TiplineError):
    """Others did something that the person should see first. `events` are the last of it, the oldest first."""

    def __init__(self, tip_id: int, wish: IntendedChange, events: list[Event]) -> None:
        super().__init__("meanwhile")
        self.tip_id, self.wish, self.events = tip_id, wish, events


def newest_of(session: Session, tip_id: int) -> int:
    """The tip's last event: what a page knows that is drawn now.

    The tip's own, since PostgreSQL may commit another tip's later event first.
    """
    return session.scalar(select(func.max(Event.id)).where(col(Event.tip_id) == tip_id)) or 0


def check(session: Session, tip_id: int, wish: IntendedChange, by: Actor) -> None:
    """Meanwhile, where others did what the wish is about after its page was drawn and it stands otherwise now."""
    tip = access.tip_to_work(session, tip_id, by)
    verbs = VERBS[wish.about]
    if wish.about == "status" and wish.value in list(DONE):
        verbs = (*verbs, Verb.MESSAGE)
    query = select(Event).where(
        col(Event.tip_id) == tip_id,
        col(Event.id) > wish.known,
        col(Event.verb).in_(verbs),
        by_others(by.account_id),
    )
    if wish.about in ("tag", "untag"):
        query = query.where(col(Event.object_id).in_(_tags(session, wish)))
    found = list(session.scalars(query.order_by(col(Event.id).desc()).limit(SHOWN)))[::-1]
    if found and not _is_as_it_was(tip, wish, found):
        raise EditConflict(tip_id, wish, found)


def _tags(session: Session, wish: IntendedChange) -> list[int]:
    if wish.about == "untag":
        return [wish.tag_id]
    found: set[int] = set()
    for name in wish.tags:
        with suppress(Refused):  # no tag is called so, and who sets it is told
            found |= tags.known(session, [name])[0]
    return list(found)


def _is_as_it_was(tip: Tip, wish: IntendedChange, found: list[Event]) -> bool:
    """Whether the field holds what is wished for anyway, or what it held when the page was drawn."""
    stands = {
        **{choice.name: choice.of(tip).value for choice in tip_fields.CHOICES},
        "assignee": str(tip.assignee_id or ""),
        "follow_up": reminders.of(tip),
    }.get(wish.about)
    if stands is None:
        return False
    if any(event.verb is Verb.MESSAGE for event in found):
        return False
    return stands in (wish.value, found[0].before)
