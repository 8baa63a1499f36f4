"""A list of tips, or a selection, as a file: where each stands, and what its reader wrote and answered.

Restricted tips never leave in a file, whoever looks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, accounts, events
from tipline.core.access import Actor
from tipline.core.bulk import MANY, TIPS_PER_TRANSACTION
from tipline.core.filters import Filters
from tipline.core.filters.keys import FILTER_KEYS
from tipline.core.inbox.listing import TipList
from tipline.core.readers import identities, masking
from tipline.core.results import tabular
from tipline.core.tips import identifying_answers
from tipline.db import Database
from tipline.errors import NotAllowed, Refused
from tipline.models import Answer, Callout, Question, Tip, Verb

MAX_TIPS = 10_000  # tips in one file
MAX_QUERY_LENGTH = 60  # characters of what an event says of the list


@dataclass(frozen=True, slots=True)
class ExportSize:
    """How many tips a file would hold. `more`: the list goes on after MOST. `restricted`: how many tips stay out."""

    n: int
    more: bool
    restricted: int


@dataclass(frozen=True, slots=True)
class ExportedAnswer:
    """An answer as it was written, under the question as it was asked."""

    wording: str
    value: str
    withheld: bool


@dataclass(frozen=True, slots=True)
class ExportRow(tabular.TableRow):
    """One tip. `told` is all that its reader wrote, `said` what else they answered."""

    assignee: str = ""
    said: Sequence[ExportedAnswer] = ()


def held_by_list(session: Session, filters: Filters, by: Actor, today: date) -> ExportSize:
    """What a file of a list holds, counted: to show it, no tip needs to be read."""
    listing = TipList(session, filters, by, today)
    restricted = len(listing.restricted())
    n = listing.capped(cap=MAX_TIPS + restricted + 1) - restricted
    return ExportSize(min(n, MAX_TIPS), n > MAX_TIPS, restricted)


def held_by_selected(session: Session, ids: Sequence[int], by: Actor) -> ExportSize:
    """The same of some tips. Refused where they are too many."""
    seen = _selected(session, ids, by)
    restricted = sum(seen.values())
    return ExportSize(len(seen) - restricted, more=False, restricted=restricted)


def of_list(session: Session, filters: Filters, by: Actor, today: date) -> list[int]:
    """The tips of a list in its order, each of a cluster by itself: at most MOST."""
    listing = TipList(session, filters, by, today)
    restricted = set(listing.restricted())
    found = listing.ids(MAX_TIPS + len(restricted))
    return [tip_id for tip_id in found if tip_id not in restricted][:MAX_TIPS]


def of_selected(session: Session, ids: Sequence[int], by: Actor) -> list[int]:
    """Those of some tips that this person sees. Refused where they are too many."""
    seen = _selected(session, ids, by)
    return [tip_id for tip_id in ids if seen.get(tip_id) is False]


def _selected(session: Session, ids: Sequence[int], by: Actor) -> dict[int, bool]:
    """Of those that the person sees, whether each is restricted."""
    if len(ids) > TIPS_PER_TRANSACTION:
        raise Refused(MANY)
    query = select(col(Tip.id), col(Tip.restricted)).where(col(Tip.id).in_(ids), access.visible(by))
    return {tip_id: restricted for tip_id, restricted in session.execute(query)}  # noqa: C416


def exported(
    session: Session, ids: Sequence[int], filters: Filters | None, by: Actor, form: str, *, identity: bool
) -> None:
    """Record that somebody took tips out of tipline: how many, and of which list (None: selected ones). `form` is "csv"
    or "xlsx". NotAllowed where identities are not theirs to see."""
    if identity and not by.works_tips:
        raise NotAllowed(identities.NOT_TO_EXPORT)
    callout_id = None
    if filters and len(filters.callouts) == 1:
        callout_id = session.scalar(select(col(Callout.id)).where(col(Callout.slug) == filters.callouts[0]))
    after = f"{form} {len(ids)} tips{' identity' if identity else ''}"
    before = "ticked" if filters is None else recorded(filters)
    events.record(session, Verb.EXPORTED, by=by, object_id=callout_id, before=before, after=after)


def recorded(filters: Filters) -> str:
    """A list in words that history may hold: values of closed vocabularies, else the key alone; as many as it takes."""
    said = []
    for chip in filters.chips():
        key = FILTER_KEYS[chip.key]
        said.append(str(chip) if key.values or key.dates else f"{'-' if chip.negated else ''}{chip.key}")
    words = [*said, *(["words"] if filters.text else [])]
    while len(" ".join(words)) > MAX_QUERY_LENGTH:
        words.pop()
    return " ".join(words)


def everything(database: Database, ids: Sequence[int], by: Actor, *, identity: bool = False) -> Iterator[ExportRow]:
    """Every row of an export. Each piece is read in a transaction of its own, so that a slow download keeps nobody
    waiting; who may see it is asked anew for each."""
    for start in range(0, len(ids), tabular.CHUNK):
        with masking.reading(database, masked=not identity) as session:
            piece = _rows(session, ids[start : start + tabular.CHUNK], by, identity=identity)
        yield from piece


def _rows(session: Session, ids: Sequence[int], by: Actor, *, identity: bool) -> list[ExportRow]:
    query = select(Tip).where(col(Tip.id).in_(ids), access.visible(by), ~col(Tip.restricted))
    tips = {tip.id or 0: tip for tip in session.scalars(query)}
    told = tabular.told(session, list(tips.values()), {}, identity=identity)
    said = _said(session, told, [*tips], identity=identity)
    tags, people = tabular.tags(session, [*tips]), accounts.names(session)
    who = identities.of(session, list(tips.values()), by) if identity else {}
    return [
        ExportRow(
            tips[i], "\n\n".join(told.get(i, ())), {}, tags.get(i, []), who.get(i),
            people.get(tips[i].assignee_id, ""), said.get(i, ()),
        )
        for i in ids if i in tips
    ]  # fmt: skip


def _said(
    session: Session, told: Mapping[int, Sequence[str]], ids: Sequence[int], *, identity: bool
) -> dict[int, list[ExportedAnswer]]:
    """The answers of each tip but its story, which is told already; addresses and phones with the identity alone."""
    query = select(Answer).where(col(Answer.tip_id).in_(ids)).order_by(col(Answer.position), col(Answer.id))
    if not identity:
        hidden = select(col(Question.id)).where(col(Question.kind).in_(identifying_answers.KINDS))
        query = query.where(col(Answer.question_id).not_in(hidden))
    found: dict[int, list[ExportedAnswer]] = {}
    for row in session.scalars(query):
        if row.withheld or row.value not in told.get(row.tip_id, ()):
            found.setdefault(row.tip_id, []).append(ExportedAnswer(row.wording, row.value, row.withheld))
    return found
