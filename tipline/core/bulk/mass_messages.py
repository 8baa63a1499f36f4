"""One message to many readers: each gets their own, in their own conversation, by the way that is safe for them.

All leave in one transaction, or none does: whoever presses twice, or whose line broke, has written once. What was
written is one change (`core.bulk`), and is taken back as one while it has not left.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, bulk, following, readers, replies
from tipline.core.access import Actor
from tipline.core.bulk import TIPS_PER_TRANSACTION, Outcome
from tipline.core.bulk.steps import WRITE, BulkStep, StepsOutcome
from tipline.core.filters import Filters
from tipline.core.inbox.listing import TipList
from tipline.core.outgoing_mail import ADDRESS, Sender
from tipline.core.presence import edit_conflicts
from tipline.core.presence.page_state import PageState
from tipline.core.replies import ReplyRoute, saved_replies
from tipline.errors import Conflict, NotAllowed, Refused
from tipline.models import BulkChange, Consent, Event, Outgoing, Reader, SendState, Status, Tip, Verb
from tipline.vocabularies import N_, ConsentChoice, ContactChoice

MAX_READERS = TIPS_PER_TRANSACTION  # readers by one press; of all mails, 300 leave within an hour
LONGER = timedelta(milliseconds=20)  # for each reader: so long it takes before the first of them can be taken back
TOO_MANY = N_("You can write to at most 200 readers at once. Select fewer tips, or filter the list.")
NOBODY = N_("None of these readers can be written to from here.")
TAKEN_BACK = N_("This was sent and undone before. To send it now, send it from here.")
ALLOWS_MORE = (ConsentChoice.NAME, ConsentChoice.ANONYMOUS, ConsentChoice.ASK)


class Obstacle(StrEnum):
    """Why a reader is not written to together with others. The first that fits is the one that is said."""

    RESTRICTED = "restricted"
    MERGED = "merged"
    SPAM = "spam"
    AUTOMATIC = "automatic"
    NO_CONTACT = "no_contact"  # they asked for it
    WITHDRAWN = "withdrawn"  # they allowed more before, and took it back
    NO_WAY = "no_way"
    BAD_ADDRESS = "bad_address"
    BOUNCED = "bounced"  # or did not arrive, the last time
    SAME_READER = "same_reader"  # as another of them, who is written to
    UNFILLED = "unfilled"  # what a placeholder of the text stands for is not known
    MEANWHILE = "meanwhile"  # they, or a colleague, wrote since the page was drawn


@dataclass(frozen=True, slots=True)
class Recipient:
    """A tip whose reader is written to, by mail or on their page."""

    tip: Tip
    by_mail: bool


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who of a selection can be written to, in its order, and by their tips who can't, and why."""

    there: list[Recipient] = field(default_factory=list)
    hindered: dict[Obstacle, list[int]] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        return [one.tip.id or 0 for one in self.there]

    def without(self, why: Obstacle, away: Collection[int]) -> "Recipients":
        """The same, and these hindered too."""
        hindered = {**self.hindered, why: [i for i in self.ids if i in away]} if away else self.hindered
        return Recipients([one for one in self.there if one.tip.id not in away], hindered)


@dataclass(frozen=True, slots=True)
class PersonalText:
    """One reader's message: the text as it reads to them, and from which address it goes."""

    text: str
    sender: Sender


@dataclass(frozen=True, slots=True)
class Wording:
    """What is written: the text as it was typed, and by the ids of their tips what each reader gets."""

    text: str
    own: Mapping[int, PersonalText]


@dataclass(frozen=True, slots=True)
class MassMessage:
    """One press of the button. `submission` is the page's random id: the same text sent twice with it is sent once.
    `known` is what the page knew of what happened; `send_at` None is now, or after `delay`."""

    submission: str
    known: PageState
    delay: timedelta = timedelta()
    send_at: datetime | None = None


def of_list(session: Session, filters: Filters, by: Actor, today: date) -> list[int]:
    """The tips of a list, each of a cluster by itself; one more than MOST where it holds more."""
    return TipList(session, filters, by, today).ids(MAX_READERS + 1)


def reach(session: Session, ids: Collection[int], by: Actor) -> Recipients:
    """Who can be written to. Tips that are not there for this person are passed over."""
    if not by.works_tips:
        raise NotAllowed(access.READS_ONLY)
    if len(ids) > MAX_READERS:
        raise Refused(TOO_MANY)
    seen = {tip.id: tip for tip in session.scalars(select(Tip).where(col(Tip.id).in_(ids), access.visible(by)))}
    tips = [seen[tip_id] for tip_id in dict.fromkeys(ids) if tip_id in seen]
    withdrawn, bounced = _withdrawn(session, ids), _bounced(session, ids)
    found = Recipients()
    addresses: dict[int, str] = {}
    for tip in tips:
        tip_id, why, by_mail = tip.id or 0, _standing(tip, withdrawn), False
        if why is None:
            where = replies.way(session, tip)
            by_mail, addresses[tip_id] = bool(where.address), readers.normal_email(where.address)
            why = _on_the_way(where, by_mail and tip_id in bounced)
        if why is None:
            found.there.append(Recipient(tip, by_mail))
        else:
            found.hindered.setdefault(why, []).append(tip_id)
    return found.without(Obstacle.SAME_READER, _again(session, found, addresses))


def _standing(tip: Tip, withdrawn: Collection[int]) -> Obstacle | None:
    """Why a tip's reader is not written to whatever way there is; None where nothing is in the way."""
    hindrances = {
        Obstacle.RESTRICTED: tip.restricted,
        Obstacle.MERGED: tip.merged_into is not None,
        Obstacle.SPAM: tip.status is Status.SPAM,
        Obstacle.AUTOMATIC: tip.automatic,
        Obstacle.NO_CONTACT: tip.contact is ContactChoice.NO,
        Obstacle.WITHDRAWN: tip.id in withdrawn,
    }
    return next((why for why, stands in hindrances.items() if stands), None)


def _on_the_way(where: ReplyRoute, bounced: bool) -> Obstacle | None:
    """Why a reader is not written to by the way that there is."""
    if where.refused:
        return Obstacle.NO_WAY
    if where.address and not ADDRESS.fullmatch(where.address):
        return Obstacle.BAD_ADDRESS
    return Obstacle.BOUNCED if bounced else None


def _withdrawn(session: Session, ids: Collection[int]) -> set[int]:
    more = select(col(Consent.tip_id)).where(col(Consent.choice).in_(ALLOWS_MORE))
    now_less = col(Tip.id).in_(ids), col(Tip.consent) == ConsentChoice.BACKGROUND, col(Tip.id).in_(more)
    return {tip_id for tip_id in session.scalars(select(col(Tip.id)).where(*now_less)) if tip_id}


def _bounced(session: Session, ids: Collection[int]) -> set[int]:
    """Tips whose last mail from us did not arrive, or came back for good (RFC 3463)."""
    sent = col(Outgoing.tip_id).in_(ids), col(Outgoing.state) != SendState.WITHDRAWN, col(Outgoing.content).is_not(None)
    columns = col(Outgoing.tip_id), col(Outgoing.state), col(Outgoing.bounced_by), col(Outgoing.bounce_status)
    last = {row[0]: row for row in session.execute(select(*columns).where(*sent).order_by(col(Outgoing.not_before)))}
    return {
        tip_id
        for tip_id, state, bounced_by, status in last.values()
        if state in (SendState.FAILED, SendState.BOUNCED) or (bounced_by and status.startswith("5"))
    }


def _again(session: Session, found: Recipients, addresses: dict[int, str]) -> set[int]:
    """The tips of readers who are written to already, in the conversation in which they wrote last: one person, says a
    reporter, or one address."""
    of = {one.tip.reader_id for one in found.there}
    rows = session.execute(select(col(Reader.id), col(Reader.same_as)).where(col(Reader.id).in_(of)))
    person = {reader_id: same_as or reader_id for reader_id, same_as in rows}
    known: set[int | str] = set()
    again = set()
    for one in sorted(found.there, key=lambda one: (one.tip.reader_wrote_at, one.tip.id), reverse=True):
        tip_id = one.tip.id or 0
        names = {person[one.tip.reader_id], *([addresses[tip_id]] if addresses[tip_id] else [])}
        if names & known:
            again.add(tip_id)
        known |= names
    return again


def fitting(found: Recipients, wording: Wording) -> Recipients:
    """Of those who are reached, those for whom the text reads whole. Refused where it can't leave at all."""
    replies.sendable(replies.STANDS_FOR.sub("x", wording.text))
    saved_replies.check_placeholders(wording.text)
    bare = {tip_id for tip_id, own in wording.own.items() if replies.STANDS_FOR.search(own.text)}
    return found.without(Obstacle.UNFILLED, bare & {*found.ids})


def send(session: Session, ids: Sequence[int], wording: Wording, sending: MassMessage, by: Actor) -> Outcome:
    """Write to all who can be reached, as one change; what was sent before with this `submission` is what it was.

    Refused where nobody can be reached, the text can't leave, or the time is over: the caller commits nothing then.
    Conflict where it was sent and taken back.
    """
    access.in_one_window(session, by)
    submission = f"{sending.submission}:{wording.text}"
    if earlier := _earlier(session, ids, submission):
        return earlier
    if sending.send_at is not None:
        replies.check_time(sending.send_at)
    found = fitting(reach(session, ids, by), wording)
    fresh = {*found.ids} - wording.own.keys()
    found = found.without(Obstacle.MEANWHILE, fresh | _meanwhile(session, found.ids, sending.known, by))
    if not found.there:
        raise Refused(NOBODY)
    delay = sending.delay + LONGER * len(found.there) if sending.delay else sending.delay

    def write(tip_id: int, change_id: int) -> StepsOutcome:
        replies.queue(
            session, tip_id, wording.own[tip_id].text, by, wording.own[tip_id].sender, submission=submission,
            delay=delay, send_at=sending.send_at, bulk_id=change_id,
        )  # fmt: skip
        return StepsOutcome(changed=True)

    done = bulk.as_one(session, found.ids, [BulkStep(WRITE, wording.text)], by, write)
    if not done.tips:
        raise Refused(NOBODY)
    return done


def _earlier(session: Session, ids: Collection[int], submission: str) -> Outcome | None:
    """What this very press has done before; None where it has done nothing yet."""
    out = replies.first_of(session, ids, submission)
    if out is None:
        return None
    if out.state is SendState.WITHDRAWN:
        raise Conflict(TAKEN_BACK)
    queued = col(Event.tip_id) == out.tip_id, col(Event.verb) == Verb.REPLY, col(Event.object_id) == out.message_id
    first = session.scalars(select(Event).where(*queued).order_by(col(Event.id)).limit(1)).one()
    return Outcome(session.get_one(BulkChange, first.bulk_id), (), "")


def _meanwhile(session: Session, ids: Collection[int], known: PageState, by: Actor) -> set[int]:
    """The tips of which others did, since the page was drawn, what a reply should know of."""
    since = col(Event.tip_id).in_(ids), known.later(), col(Event.verb).in_(edit_conflicts.VERBS["reply"])
    query = select(col(Event.tip_id)).where(*since, following.by_others(by.account_id))
    return {tip_id for tip_id in session.scalars(query) if tip_id}


def taken_back(session: Session, change_id: int, by: Actor) -> tuple[str, list[int]]:
    """The text of one's own writing, and the tips whose readers did not get it since it was taken back."""
    change = bulk.mine(session, change_id, by)
    sent = select(col(Event.object_id)).where(col(Event.bulk_id) == change_id, col(Event.verb) == Verb.REPLY)
    query = select(col(Outgoing.tip_id)).where(
        col(Outgoing.message_id).in_(sent), col(Outgoing.state) == SendState.WITHDRAWN
    )
    text = next((value for verb, value in change.steps if verb == WRITE), "")
    return text, list(session.scalars(query.order_by(col(Outgoing.tip_id).desc())))
