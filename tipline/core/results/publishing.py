"""What editors put on a callout's gallery: choosing answers, cutting them, and putting them before the public."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlmodel import Session, col

from tipline.core import access, callouts, consent, events, readers
from tipline.core.access import Actor
from tipline.core.consent import Allowed, ConsentVerdict
from tipline.core.readers import redaction
from tipline.core.readers.redaction import Kind, Trace
from tipline.core.results import quote_sent
from tipline.core.results.quote_sent import Unsent
from tipline.core.text.storable import storable
from tipline.core.tips import stories
from tipline.db import now
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import Answer, Callout, Publication, Question, Status, Tip, Verb
from tipline.vocabularies import N_

MOST_TEXT, MOST_NAME, MOST_LANGUAGE = 5000, 200, 20  # characters
GALLERY = "gallery"  # what of a callout was changed
NO_GALLERY = N_(
    "This callout has no page of answers. First select it on the callout’s page, under “Where it is shown”."
)
RESTRICTED = N_("This tip is restricted: nothing of it can be published.")
SPAM = N_("This tip stands as spam. Give it another status before you publish anything of it.")
NO_WORDS = N_("There are no words to publish.")
TOO_LONG = N_("Shorten the text to 5,000 characters.")
LONG_NAME = N_("Shorten the name to 200 characters.")
NOT_BY_NAME = N_("The reader does not allow their name. Empty the line with the name.")
GIVES_AWAY = N_("The text holds what gives the reader away. Take it out, or confirm each place, before it is public.")
NO_ADDRESS = N_("The article's address must begin with https:// and have at most 500 characters.")
MOST_ADDRESS = 500
CHANGED = N_("Someone changed this answer while you were writing. Their text is next to yours.")


@dataclass(frozen=True, slots=True)
class AnswerCut:
    """A chosen answer as an editor wants it. `attribution` "" = without a name, `language` a BCP 47 tag or "".
    `kept` are the traces of the reader that the editor confirmed, by their words; `unsent` is why it is public though
    these words were not sent to the reader."""

    text: str
    attribution: str = ""
    language: str = ""
    kept: frozenset[str] = frozenset()
    unsent: Unsent | None = None
    article: str = ""  # where it stands, too


@dataclass(frozen=True, slots=True)
class Chosen:
    """A chosen answer as editors see it. `wording` is the question, "" for the story; `original`, what the reader
    wrote, is there where one is looked at alone."""

    row: Publication
    tip: Tip
    wording: str
    allowed: Allowed
    original: str = ""

    @property
    def by_name(self) -> bool:
        return self.allowed.verdict is ConsentVerdict.NAME

    @property
    def stands(self) -> bool:
        """Whether it may be before the public as it is."""
        fits = self.by_name or not self.row.attribution
        return self.allowed.may_leave and fits and not self.tip.restricted and self.tip.status is not Status.SPAM


def choose(session: Session, tip_id: int, by: Actor, answer_id: int | None = None) -> Publication:
    """Put an answer, or (None) the story, among a callout's chosen ones, not yet public. Chosen twice, it is one.

    NotVisible, NotAllowed; Refused with the reason where it can't be published.
    """
    tip = access.tip_to_work(session, tip_id, by)
    callout = callouts.for_edit(session, tip.callout_id, by, lock=True)
    answer = session.get(Answer, answer_id) if answer_id is not None else None
    if answer_id is not None and (answer is None or answer.tip_id != tip_id):
        raise NotVisible("answer")
    same = select(Publication).where(col(Publication.tip_id) == tip_id, col(Publication.answer_id) == answer_id)
    if found := session.scalars(same).first():
        return found
    allowed = _may_stand(session, callout, tip, answer)
    text = (answer.value if answer else stories.story(session, tip_id)).strip()
    if not text:
        raise Refused(NO_WORDS)
    last = select(func.max(col(Publication.position))).where(col(Publication.callout_id) == tip.callout_id)
    row = Publication(
        callout_id=tip.callout_id,
        tip_id=tip_id,
        answer_id=answer_id,
        language=tip.language[:MOST_LANGUAGE],
        text=redaction.of_tip(session, tip).unsigned(text)[:MOST_TEXT],
        position=(session.scalar(last) or 0) + 1,
        made_by=by.account_id,
        changed_at=now(),
    )
    session.add(row)
    session.flush()
    events.record(session, Verb.QUOTED, by=by, tip_id=tip_id, object_id=answer_id, after=allowed.verdict)
    return row


def chosen(session: Session, callout_id: int, by: Actor) -> list[Chosen]:
    """All chosen answers of a callout in their order, but for those of tips that this person may not see."""
    callouts.for_edit(session, callout_id, by)
    query = _ours(callout_id, by).order_by(col(Publication.position), col(Publication.id))
    found = session.execute(query).all()
    known = _answers(session, [row for row, _tip in found])
    return [_chosen(session, row, tip, known[row.answer_id][0] if row.answer_id else None) for row, tip in found]


def one(session: Session, callout_id: int, publication_id: int, by: Actor) -> Chosen:
    """A chosen answer of this callout. NotVisible where it is another's, or of a tip that is not theirs to see."""
    row, tip = _found(session, callout_id, publication_id, by)
    answer = _answer(session, row)
    original = answer.value if answer else stories.story(session, row.tip_id)
    return replace(_chosen(session, row, tip, answer), original=original)


def change(
    session: Session, callout_id: int, publication_id: int, cut: AnswerCut, by: Actor, version: datetime
) -> None:
    """Make it what the editor wants; what is public changes at once. Conflict where `version`, its `changed_at`, is
    not what stands; Refused where it can't be so."""
    callouts.for_edit(session, callout_id, by, lock=True)
    row, tip = _found(session, callout_id, publication_id, by)
    if row.changed_at != version:
        raise Conflict(CHANGED)
    text, attribution = storable(cut.text).strip(), " ".join(storable(cut.attribution).split())
    if not text:
        raise Refused(NO_WORDS)
    if len(text) > MOST_TEXT:
        raise Refused(TOO_LONG)
    if len(attribution) > MOST_NAME:
        raise Refused(LONG_NAME)
    if attribution and not _chosen(session, row, tip, _answer(session, row)).by_name:
        raise Refused(NOT_BY_NAME)
    before, confirmed = (row.text, row.attribution, row.language, row.article), row.kept
    if row.published_at is not None:
        row.kept = _gives_nothing_away(session, row, tip, text, cut.kept)
    changes_public = row.published_at is not None and text != row.text
    unsent = _reason(session, tip, text, cut.unsent) if changes_public else ""
    language = storable(cut.language)[:MOST_LANGUAGE]
    article = storable(cut.article).strip()
    if article and (len(article) > MOST_ADDRESS or not article.startswith(("https://", "http://"))):
        raise Refused(NO_ADDRESS)
    if (text, attribution, language, article) == before and row.kept == confirmed:
        return
    row.text, row.attribution, row.language, row.article = text, attribution, language, article
    row.changed_at = now()
    session.add(row)
    if row.published_at is None:
        events.record(session, Verb.CALLOUT_CHANGED, by=by, object_id=callout_id, after=GALLERY)
    else:
        events.record(session, Verb.PUBLISHED, by=by, tip_id=tip.id, object_id=row.id, before=unsent, after=_how(row))
    session.flush()


def publish(
    session: Session,
    callout_id: int,
    publication_id: int,
    by: Actor,
    kept: frozenset[str] = frozenset(),
    unsent: Unsent | None = None,
) -> None:
    """Put it before the public now. Refused with the reason where its reader does not allow it as it stands, where it
    gives them away in places that were not confirmed (`kept`), and where these words were not sent to them and nobody
    says why (`unsent`)."""
    callout = callouts.for_edit(session, callout_id, by, lock=True)
    row, tip = _found(session, callout_id, publication_id, by)
    allowed = _may_stand(session, callout, tip, _answer(session, row))
    if row.attribution and allowed.verdict is not ConsentVerdict.NAME:
        raise Refused(NOT_BY_NAME)
    if row.published_at is not None:
        return
    row.kept = _gives_nothing_away(session, row, tip, row.text, kept)
    why = _reason(session, tip, row.text, unsent)
    row.published_at = row.changed_at = now()
    session.add(row)
    events.record(session, Verb.PUBLISHED, by=by, tip_id=tip.id, object_id=row.id, before=why, after=_how(row))
    session.flush()


def giveaways(session: Session, found: Chosen, text: str) -> list[Trace]:
    """The places of a text that give its reader away."""
    return redaction.of_tip(session, found.tip).find(text)


def without_giveaways(session: Session, found: Chosen, text: str) -> str:
    """A text without them, and without the sign-off at its end."""
    return redaction.of_tip(session, found.tip).removed(text)


def may_keep(trace: Trace, *, by_name: bool) -> bool:
    """Whether an editor may confirm such a place: a single word of a name, since it may be an everyday word or somebody
    else's name; names and signatures where the reader allows their name. No reader allows an address or phone."""
    return trace.kind is Kind.PART or (by_name and trace.kind in (Kind.NAME, Kind.SIGNATURE))


def _gives_nothing_away(session: Session, row: Publication, tip: Tip, text: str, kept: frozenset[str]) -> list[str]:
    """What of it the editor confirmed. Refused where there is more."""
    found = _chosen(session, row, tip, _answer(session, row))
    there = giveaways(session, found, text)
    for trace in there:
        if trace.text not in kept or not may_keep(trace, by_name=found.by_name):
            raise Refused(GIVES_AWAY)
    return sorted({trace.text for trace in there})


def _reason(session: Session, tip: Tip, text: str, unsent: Unsent | None) -> str:
    """What history keeps of words that were not sent to their reader; Refused where nobody says why."""
    if quote_sent.was_sent(session, tip, text):
        return ""
    if unsent is None:
        raise Refused(quote_sent.NOT_SENT)
    return unsent


def unpublish(session: Session, callout_id: int, publication_id: int, by: Actor) -> None:
    """Take it off the public page now. It stays chosen."""
    callouts.for_edit(session, callout_id, by, lock=True)
    row, tip = _found(session, callout_id, publication_id, by)
    if row.published_at is None:
        return
    row.published_at, row.changed_at = None, now()
    session.add(row)
    events.record(session, Verb.UNPUBLISHED, by=by, tip_id=tip.id, object_id=row.id)
    session.flush()


def drop(session: Session, callout_id: int, publication_id: int, by: Actor) -> None:
    """Choose it no longer: it leaves the public page, and what was cut is forgotten."""
    unpublish(session, callout_id, publication_id, by)
    session.execute(delete(Publication).where(col(Publication.id) == publication_id))
    events.record(session, Verb.CALLOUT_CHANGED, by=by, object_id=callout_id, after=GALLERY)


def move(session: Session, callout_id: int, publication_id: int, by: Actor, *, steps: int) -> None:
    """Let it stand `steps` places further down (up, where negative) among those that this person sees."""
    callouts.for_edit(session, callout_id, by, lock=True)
    row, _tip = _found(session, callout_id, publication_id, by)
    query = _ours(callout_id, by).order_by(col(Publication.position), col(Publication.id))
    rows = [found for found, _tip in session.execute(query).all()]
    here = rows.index(row)
    there = min(max(here + steps, 0), len(rows) - 1)
    if there == here:
        return
    places = sorted(found.position for found in rows)
    rows.insert(there, rows.pop(here))
    for found, place in zip(rows, _apart(places), strict=True):
        found.position = place
        session.add(found)
    events.record(session, Verb.CALLOUT_CHANGED, by=by, object_id=callout_id, after=GALLERY)
    session.flush()


def name_of(session: Session, callout_id: int, publication_id: int, by: Actor) -> str:
    """The reader's name, for an attribution; that it was opened is recorded. Refused where they do not allow it."""
    found = one(session, callout_id, publication_id, by)
    if not found.by_name:
        raise Refused(NOT_BY_NAME)
    return readers.identity(session, found.row.tip_id, by).name[:MOST_NAME]


def _ours(callout_id: int, by: Actor) -> Select[Publication, Tip]:
    return (
        select(Publication, Tip)
        .join(Tip, col(Tip.id) == col(Publication.tip_id))
        .where(col(Publication.callout_id) == callout_id, access.visible(by))
    )


def _found(session: Session, callout_id: int, publication_id: int, by: Actor) -> tuple[Publication, Tip]:
    callouts.for_edit(session, callout_id, by)
    row = session.execute(_ours(callout_id, by).where(col(Publication.id) == publication_id)).one_or_none()
    if row is None:
        raise NotVisible("publication")
    return row[0], row[1]


def _answer(session: Session, row: Publication) -> Answer | None:
    return session.get(Answer, row.answer_id) if row.answer_id is not None else None


def _answers(session: Session, rows: Sequence[Publication]) -> dict[int, tuple[Answer, Question]]:
    """What these point to, read at once with their questions: as long as they are held, nobody reads them again."""
    wanted = col(Answer.id).in_([row.answer_id for row in rows if row.answer_id is not None])
    query = select(Answer, Question).join(Question, col(Question.id) == col(Answer.question_id)).where(wanted)
    return {answer.id: (answer, question) for answer, question in session.execute(query).all()}


def _chosen(session: Session, row: Publication, tip: Tip, answer: Answer | None) -> Chosen:
    return Chosen(row, tip, answer.wording if answer else "", consent.allows(session, tip, answer))


def _may_stand(session: Session, callout: Callout, tip: Tip, answer: Answer | None) -> Allowed:
    if not callout.gallery:
        raise Refused(NO_GALLERY)
    if tip.restricted:
        raise Refused(RESTRICTED)
    if tip.status is Status.SPAM:
        raise Refused(SPAM)
    allowed = consent.allows(session, tip, answer)
    if not allowed.may_leave:
        raise Refused(allowed.reason)
    return allowed


def _how(row: Publication) -> str:
    return ConsentVerdict.NAME if row.attribution else ConsentVerdict.ANONYMOUS


def _apart(places: list[int]) -> list[int]:
    """The same places, each larger than the one before."""
    found: list[int] = []
    for place in places:
        found.append(max(place, found[-1] + 1) if found else place)
    return found
