"""Callouts: what the newsroom asks its readers, in each language, and who may change it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from tipline.core import events, questions
from tipline.core.access import Actor, callouts_of
from tipline.core.language import nearest
from tipline.core.questions import WITH_OPTIONS, QuestionDraft, QuestionTexts, QuestionView
from tipline.db import now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import Callout, CalloutStatus, CalloutText, Verb
from tipline.words import N_

__all__ = ["CalloutDraft", "CalloutTexts", "CalloutView", "QuestionDraft", "QuestionTexts", "QuestionView"]

GENERAL = "tips"  # the slug of the callout for mail that fits no other
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH = 60


@dataclass(frozen=True, slots=True)
class CalloutTexts:
    """What a callout says in one language."""

    title: str
    intro: str = ""
    why: str = ""
    closed_message: str = ""
    acknowledgement: str = ""  # what a mail is answered at once, where it is; "" for the default words
    handling: str = ""  # what we do with the answers
    risk: str = ""  # when not to use this form
    next_steps: str = ""  # on the receipt: what happens now, and when; "" for the default words


@dataclass(frozen=True, slots=True)
class CalloutDraft:
    """A callout as an editor wants it. Questions stand in their order; those left out retire."""

    slug: str
    languages: list[str]
    mail_address: str
    closes_at: datetime | None
    texts: dict[str, CalloutTexts]
    questions: list[QuestionDraft]
    acknowledge: bool = False  # whether mail to it is answered at once
    opens_at: datetime | None = None
    timezone: str = ""  # in which its dates are written; "" = the newsroom's
    retention_days: int | None = None
    anonymous: bool = True
    mail_subject: str = ""
    ask_by_mail: bool = False
    indexed: bool = False
    gallery: bool = False
    embed_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalloutView:
    """A callout as a page shows it. `status` is "closed" past the closing date and "paused" before the opening one,
    whatever the row says."""

    id: int
    slug: str
    status: CalloutStatus
    title: str
    intro: str
    why: str
    closed_message: str
    language: str
    languages: list[str]
    mail_address: str
    closes_at: datetime | None
    questions: list[QuestionView]
    handling: str = ""
    risk: str = ""
    next_steps: str = ""
    opens_at: datetime | None = None
    timezone: str = ""
    retention_days: int | None = None
    anonymous: bool = True
    indexed: bool = False
    gallery: bool = False
    embed_origins: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status is CalloutStatus.OPEN


def create(session: Session, draft: CalloutDraft, by: Actor) -> Callout:
    """A new callout, not yet open. NotAllowed for all but editors; Refused where the draft can't stand."""
    _may_edit(by)
    _check(draft)
    callout = Callout(
        slug=draft.slug,
        created_at=now(),
        created_by=by.account_id,
    )
    _set(callout, draft)
    _insert(session, callout)
    _put_texts(session, _id(callout), draft.texts)
    questions.put(session, _id(callout), draft.questions, shown=False)
    events.record(session, Verb.CALLOUT_MADE, by=by, object_id=callout.id)
    session.flush()
    return callout


def change(session: Session, callout_id: int, draft: CalloutDraft, by: Actor, version: int) -> Callout:
    """Make a callout what the draft says. Conflict where `version` is not the one that stands."""
    callout = for_edit(session, callout_id, by, lock=True)
    if callout.version != version:
        raise Conflict(N_("Somebody else changed this callout while you were writing. Both versions are below."))
    _check(draft)
    if draft.slug != callout.slug:
        if callout.slug == GENERAL:
            raise Refused(N_("This callout takes the mail that fits no other; its address can't change."))
        if callout.status is not CalloutStatus.DRAFT:
            raise Refused(N_("The address of a callout that was opened can't change: readers have it."))
        _free_slug(session, draft.slug)
    callout.slug = draft.slug
    _set(callout, draft)
    callout.version += 1
    session.add(callout)
    _put_texts(session, callout_id, draft.texts)
    questions.put(session, callout_id, draft.questions, shown=callout.status is not CalloutStatus.DRAFT)
    events.record(session, Verb.CALLOUT_CHANGED, by=by, object_id=callout_id)
    session.flush()
    return callout


def open_(session: Session, callout_id: int, by: Actor) -> Callout:
    """Put the callout before readers. Refused where it asks nothing, lacks a title, or its closing date is past."""
    callout = for_edit(session, callout_id, by, lock=True)
    draft = draft_of(session, callout)
    if not draft.questions:
        raise Refused(N_("Add at least one question before you open the callout."))
    if any(not (draft.texts.get(language) or CalloutTexts("")).title for language in callout.languages):
        raise Refused(N_("Write a title in each of the callout's languages before you open it."))
    if callout.closes_at is not None and callout.closes_at <= now():
        raise Refused(N_("The closing date is past. Choose a later one, or none, before you open the callout."))
    return _set_status(session, callout, CalloutStatus.OPEN, Verb.CALLOUT_OPENED, by)


def close(session: Session, callout_id: int, by: Actor) -> Callout:
    """Take no more answers. The page stays and says so; mail to its address is still filed here."""
    callout = for_edit(session, callout_id, by, lock=True)
    if callout.status is CalloutStatus.DRAFT:
        raise Refused(N_("This callout was never opened."))
    return _set_status(session, callout, CalloutStatus.CLOSED, Verb.CALLOUT_CLOSED, by)


def by_slug(session: Session, slug: str) -> Callout | None:
    """The callout that readers find at an address: never a draft, and no archived one."""
    hidden = (CalloutStatus.DRAFT, CalloutStatus.ARCHIVED)
    return session.scalars(
        select(Callout).where(col(Callout.slug) == slug, col(Callout.status).not_in(hidden))
    ).one_or_none()


def listed(session: Session) -> list[Callout]:
    """The callouts that take answers now, newest first."""
    return list(
        session.scalars(
            select(Callout)
            .where(
                col(Callout.status) == CalloutStatus.OPEN,
                or_(col(Callout.closes_at).is_(None), col(Callout.closes_at) > now()),
                or_(col(Callout.opens_at).is_(None), col(Callout.opens_at) <= now()),
            )
            .order_by(col(Callout.id).desc())
        )
    )


def for_desk(session: Session, by: Actor) -> list[Callout]:
    """The callouts whose tips the actor may see, newest first."""
    return list(session.scalars(select(Callout).where(callouts_of(by)).order_by(col(Callout.id).desc())))


def for_edit(session: Session, callout_id: int, by: Actor, *, lock: bool = False) -> Callout:
    """The callout of an id, for an editor. NotAllowed for others, NotVisible where there is none."""
    _may_edit(by)
    callout = session.get(Callout, callout_id, with_for_update=True if lock else None, populate_existing=lock)
    if callout is None:
        raise NotVisible("callout")
    return callout


def general(session: Session) -> Callout:
    """The callout for mail that fits no other, made when it is missing. Editors alone see its tips until it has a team.

    It is a draft, so no page shows it; an editor may give it questions and open it like any other.
    """
    found = session.scalars(select(Callout).where(col(Callout.slug) == GENERAL)).one_or_none()
    if found is not None:
        return found
    callout = Callout(slug=GENERAL, languages=["en"], created_at=now())
    try:
        with session.begin_nested():
            session.add(callout)
    except IntegrityError:  # another worker was faster
        return session.scalars(select(Callout).where(col(Callout.slug) == GENERAL)).one()
    session.add(CalloutText(callout_id=_id(callout), language="en", title="Tips"))
    session.flush()
    return callout


def standing(callout: Callout) -> CalloutStatus:
    """Where it stands now: an open one is closed past its closing date, and paused before its opening date."""
    if callout.status is CalloutStatus.OPEN and callout.closes_at is not None and callout.closes_at <= now():
        return CalloutStatus.CLOSED
    if callout.status is CalloutStatus.OPEN and callout.opens_at is not None and callout.opens_at > now():
        return CalloutStatus.PAUSED
    return callout.status


def is_open(callout: Callout) -> bool:
    """Whether it takes answers now."""
    return standing(callout) is CalloutStatus.OPEN


def texts(session: Session, callouts: Iterable[Callout], language: str) -> dict[int, CalloutTexts]:
    """What each callout says in a language, or in its first one where a translation lacks."""
    wanted = {_id(callout): callout for callout in callouts}
    rows: dict[int, dict[str, CalloutText]] = {callout_id: {} for callout_id in wanted}
    for row in session.scalars(select(CalloutText).where(col(CalloutText.callout_id).in_(wanted))):
        rows[row.callout_id][row.language] = row
    return {
        callout_id: _texts(_pick(rows[callout_id], language, callout.languages))
        for callout_id, callout in wanted.items()
    }


def form_of(session: Session, callout: Callout, language: str, asked: Sequence[int] | None = None) -> CalloutView:
    """The callout in a language. `asked` are the questions of the page a reader has open, retired ones included."""
    language = nearest(language, callout.languages) or callout.languages[0]
    said = texts(session, [callout], language)[_id(callout)]
    if asked is None:
        rows = questions.standing(session, _id(callout))
    else:
        rows = questions.asked(session, _id(callout), asked)
    return CalloutView(
        id=_id(callout),
        slug=callout.slug,
        status=standing(callout),
        title=said.title,
        intro=said.intro,
        why=said.why,
        closed_message=said.closed_message,
        language=language,
        languages=list(callout.languages),
        mail_address=callout.mail_address,
        closes_at=callout.closes_at,
        questions=[questions.view(row, language, callout.languages) for row in rows],
        handling=said.handling,
        risk=said.risk,
        next_steps=said.next_steps,
        opens_at=callout.opens_at,
        timezone=callout.timezone,
        retention_days=callout.retention_days,
        anonymous=callout.anonymous,
        indexed=callout.indexed,
        gallery=callout.gallery,
        embed_origins=tuple(callout.embed_origins),
    )


def draft_of(session: Session, callout: Callout) -> CalloutDraft:
    """The callout as its editor last left it."""
    callout_id = _id(callout)
    said = session.scalars(select(CalloutText).where(col(CalloutText.callout_id) == callout_id))
    return CalloutDraft(
        slug=callout.slug,
        languages=list(callout.languages),
        mail_address=callout.mail_address,
        closes_at=callout.closes_at,
        texts={row.language: _texts(row) for row in said},
        questions=questions.drafts_of(questions.standing(session, callout_id)),
        acknowledge=callout.acknowledge,
        opens_at=callout.opens_at,
        timezone=callout.timezone,
        retention_days=callout.retention_days,
        anonymous=callout.anonymous,
        mail_subject=callout.mail_subject,
        ask_by_mail=callout.ask_by_mail,
        indexed=callout.indexed,
        gallery=callout.gallery,
        embed_origins=tuple(callout.embed_origins),
    )


def _set(callout: Callout, draft: CalloutDraft) -> None:
    """All but the address, which has rules of its own."""
    callout.languages = list(draft.languages)
    callout.mail_address = draft.mail_address
    callout.opens_at, callout.closes_at, callout.timezone = draft.opens_at, draft.closes_at, draft.timezone
    callout.retention_days = draft.retention_days
    callout.anonymous = draft.anonymous
    callout.acknowledge, callout.ask_by_mail = draft.acknowledge, draft.ask_by_mail
    callout.mail_subject = draft.mail_subject
    callout.indexed, callout.gallery = draft.indexed, draft.gallery
    callout.embed_origins = list(draft.embed_origins)


def _may_edit(by: Actor) -> None:
    if not by.edits_callouts:
        raise NotAllowed(N_("Callouts are the editors' to change."))


def _id(callout: Callout) -> int:
    assert callout.id is not None
    return callout.id


def _check(draft: CalloutDraft) -> None:
    if len(draft.slug) > SLUG_LENGTH or not SLUG.fullmatch(draft.slug):
        raise Refused(N_("Write the address in small letters, digits and single hyphens, like closed-borders."))
    if not draft.languages:
        raise Refused(N_("Choose at least one language."))
    if not draft.texts.get(draft.languages[0], CalloutTexts("")).title.strip():
        raise Refused(N_("Give the callout a title in its first language."))
    for question in draft.questions:
        said = [question.texts.get(language) for language in draft.languages]
        if said[0] is None or not said[0].wording.strip():
            raise Refused(N_("Write each question in the callout's first language."))
        if question.kind not in WITH_OPTIONS:
            continue
        numbers = {len(one.options) for one in said if one is not None and one.wording}
        if len(said[0].options) < 2:
            raise Refused(N_("Give each question of choice at least two options, one a line."))
        if len(numbers) > 1:
            raise Refused(N_("Give each question the same number of options in every language, in the same order."))


def _insert(session: Session, callout: Callout) -> None:
    _free_slug(session, callout.slug)
    try:
        with session.begin_nested():
            session.add(callout)
    except IntegrityError:  # somebody took the address between the look and the insert
        raise Refused(N_("Another callout has this address. Choose another.")) from None


def _free_slug(session: Session, slug: str) -> None:
    if session.scalars(select(col(Callout.id)).where(col(Callout.slug) == slug)).first() is not None:
        raise Refused(N_("Another callout has this address. Choose another."))


def _set_status(session: Session, callout: Callout, status: CalloutStatus, verb: Verb, by: Actor) -> Callout:
    if callout.status is status:
        return callout
    before, callout.status = callout.status, status
    callout.version += 1
    session.add(callout)
    events.record(session, verb, by=by, object_id=callout.id, before=before, after=status)
    session.flush()
    return callout


def _put_texts(session: Session, callout_id: int, wanted: dict[str, CalloutTexts]) -> None:
    for language, said in wanted.items():
        session.merge(
            CalloutText(
                callout_id=callout_id,
                language=language,
                title=said.title,
                intro=said.intro,
                why=said.why,
                closed_message=said.closed_message,
                acknowledgement=said.acknowledgement,
                handling=said.handling,
                risk=said.risk,
                next_steps=said.next_steps,
            )
        )


def _pick(rows: dict[str, CalloutText], language: str, languages: list[str]) -> CalloutText | None:
    """The row of a language, else of the callout's first that has one. An empty translation is none."""
    for wanted in (language, nearest(language, languages), *languages):
        row = rows.get(wanted)
        if row is not None and row.title:
            return row
    return next(iter(rows.values()), None)


def _texts(row: CalloutText | None) -> CalloutTexts:
    if row is None:
        return CalloutTexts("")
    return CalloutTexts(
        row.title,
        row.intro,
        row.why,
        row.closed_message,
        row.acknowledgement,
        handling=row.handling,
        risk=row.risk,
        next_steps=row.next_steps,
    )
