"""Callouts: what the newsroom asks its readers, in each language, and who may change it."""

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from tipline.core import events
from tipline.core.access import Actor, callouts_of
from tipline.core.callouts import mail_claims, questions
from tipline.core.callouts.callout_shapes import CalloutDraft, CalloutTexts, CalloutView, StaleTranslation, check, shown
from tipline.core.callouts.callout_texts import put_texts, spoken, texts, texts_of
from tipline.core.callouts.questions import QuestionDraft, QuestionTexts, QuestionView
from tipline.core.text.language import nearest
from tipline.db import now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import Callout, CalloutStatus, CalloutText, Event, Verb
from tipline.vocabularies import N_

__all__ = [
    "CalloutDraft",
    "CalloutTexts",
    "CalloutView",
    "QuestionDraft",
    "QuestionTexts",
    "QuestionView",
    "StaleTranslation",
    "texts",
]  # fmt: skip

GENERAL = "tips"  # the slug of the callout for mail that fits no other
LIKELIEST = (  # to hold a tip that somebody files by hand
    CalloutStatus.OPEN, CalloutStatus.PAUSED, CalloutStatus.CLOSED, CalloutStatus.DRAFT, CalloutStatus.ARCHIVED,
)  # fmt: skip


def create(session: Session, draft: CalloutDraft, by: Actor) -> Callout:
    """A new callout, not yet open. NotAllowed for all but editors; Refused where the draft can't stand."""
    _may_edit(by)
    check(draft)
    mail_claims.check(session, None, draft.mail_address, draft.mail_subject)
    callout = Callout(slug=draft.slug, created_at=now(), created_by=by.account_id)
    _set(callout, draft)
    _insert(session, callout)
    put_texts(session, _id(callout), draft.texts)
    questions.put(session, _id(callout), draft.questions, shown=False)
    events.record(session, Verb.CALLOUT_MADE, by=by, object_id=callout.id)
    session.flush()
    return callout


def change(session: Session, callout_id: int, draft: CalloutDraft, by: Actor, version: int) -> Callout:
    """Make a callout what the draft says. Conflict where `version` is not the one that stands."""
    callout = for_edit(session, callout_id, by, lock=True)
    if callout.version != version:
        raise Conflict(N_("Someone changed this callout while you were writing. Both versions are below."))
    check(draft)
    if callout.status is not CalloutStatus.ARCHIVED:
        mail_claims.check(session, callout_id, draft.mail_address, draft.mail_subject)
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
    put_texts(session, callout_id, draft.texts)
    questions.put(session, callout_id, draft.questions, shown=callout.status is not CalloutStatus.DRAFT)
    events.record(session, Verb.CALLOUT_CHANGED, by=by, object_id=callout_id)
    session.flush()
    return callout


def open_(session: Session, callout_id: int, by: Actor) -> Callout:
    """Put the callout before readers. Refused where it asks nothing, or its closing date is past."""
    callout = for_edit(session, callout_id, by, lock=True)
    if callout.status is CalloutStatus.ARCHIVED:
        raise Refused(N_("Bring the callout back from the archive before you open it."))
    if not draft_of(session, callout).questions:
        raise Refused(N_("Add at least one question before you open the callout."))
    if callout.closes_at is not None and callout.closes_at <= now():
        raise Refused(N_("The closing date is past. Choose a later one, or none, before you open the callout."))
    return _set_status(session, callout, CalloutStatus.OPEN, Verb.CALLOUT_OPENED, by)


def pause(session: Session, callout_id: int, by: Actor) -> Callout:
    """Take no answers for a while. The page says so; mail to its address is still filed here."""
    callout = for_edit(session, callout_id, by, lock=True)
    if callout.status is not CalloutStatus.OPEN:
        raise Refused(N_("Only a callout that is open can be paused."))
    return _set_status(session, callout, CalloutStatus.PAUSED, Verb.CALLOUT_PAUSED, by)


def close(session: Session, callout_id: int, by: Actor) -> Callout:
    """Take no more answers. The page stays and says so; mail to its address is still filed here."""
    callout = for_edit(session, callout_id, by, lock=True)
    if callout.status is CalloutStatus.DRAFT:
        raise Refused(N_("This callout was never opened."))
    return _set_status(session, callout, CalloutStatus.CLOSED, Verb.CALLOUT_CLOSED, by)


def archive(session: Session, callout_id: int, by: Actor) -> Callout:
    """Put it away: its page is gone, its tips stay. Refused where readers can still answer, and for general mail."""
    callout = for_edit(session, callout_id, by, lock=True)
    if callout.slug == GENERAL:
        raise Refused(N_("This callout takes the mail that fits no other; it can't be archived."))
    if callout.status in (CalloutStatus.OPEN, CalloutStatus.PAUSED):
        raise Refused(N_("Close the callout before you archive it."))
    return _set_status(session, callout, CalloutStatus.ARCHIVED, Verb.CALLOUT_ARCHIVED, by)


def bring_back(session: Session, callout_id: int, by: Actor) -> Callout:
    """Take it out of the archive: a draft as it was, all others closed."""
    callout = for_edit(session, callout_id, by, lock=True)
    if callout.status is not CalloutStatus.ARCHIVED:
        raise Refused(N_("This callout is not in the archive."))
    mail_claims.check(session, callout_id, callout.mail_address, callout.mail_subject)
    archived = select(col(Event.before)).where(
        col(Event.verb) == Verb.CALLOUT_ARCHIVED, col(Event.object_id) == callout_id
    )
    if session.scalars(archived.order_by(col(Event.id).desc()).limit(1)).first() == CalloutStatus.DRAFT:
        return _set_status(session, callout, CalloutStatus.DRAFT, Verb.CALLOUT_CHANGED, by)
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


def to_file_in(session: Session, by: Actor, looked_at: Collection[str] = ()) -> list[Callout]:
    """The same, likeliest first, for filing a tip: those looked at (slugs), then those that readers find."""
    return sorted(for_desk(session, by), key=lambda one: (one.slug not in looked_at, LIKELIEST.index(one.status)))


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


def form_of(session: Session, callout: Callout, language: str, asked: Sequence[int] | None = None) -> CalloutView:
    """The callout in a language. `asked` are the questions of the page a reader has open, retired ones included."""
    language = nearest(language, callout.languages) or callout.languages[0]
    said, elsewhere = spoken(session, [callout], language)[_id(callout)]
    if asked is None:
        rows = questions.standing(session, _id(callout))
    else:
        rows = questions.asked(session, _id(callout), asked)
    return shown(
        callout,
        said,
        elsewhere,
        id=_id(callout),
        status=standing(callout),
        language=language,
        questions=[questions.view(row, language, callout.languages) for row in rows],
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
        texts={row.language: texts_of(row) for row in said},
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
        behind=tuple(
            StaleTranslation(one["language"], one["text"], one["source"], tuple(one["of"])) for one in callout.behind
        ),
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
    callout.behind = [asdict(one) for one in draft.behind]


def _may_edit(by: Actor) -> None:
    if not by.edits_callouts:
        raise NotAllowed(N_("Callouts are the editors' to change."))


def _id(callout: Callout) -> int:
    assert callout.id is not None
    return callout.id


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
