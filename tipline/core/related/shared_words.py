"""Tips that share with one what few tips say: a school, a flight, a crossing. Each comes with what it shares.

It looks for a dozen of the rarest words and as many facts, each of some hundred tips at most, however many there are:
what more tips say is not rare. Restricted tips give no words and are in nobody's list; nor is any that the tip's page
names anyhow, such as copies of a template.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import Session, col

from tipline.core import access, search, similar
from tipline.core.access import Actor
from tipline.core.readers import same_reader
from tipline.core.related import distinctive_words, links
from tipline.core.related.distinctive_words import Word
from tipline.core.similar import clusters
from tipline.core.text.tokens import documents
from tipline.db import Unindexed
from tipline.models import Fact, FactState, FactType, Message, Status, Tip, TypeKind

SHOWN = 5
REASONS = 4  # words and facts that are shown with a tip
READ = 20  # tips that share most, whose stories are read
TRIED = 12  # words, and as many facts, that are looked for
RARE = 100  # tips; what more say is not rare,
SHARE = 8  # nor what one of eight says where there are few,
FEWEST = 6  # but for so many tips
KINDS = (TypeKind.PLACE, TypeKind.CROSSING, TypeKind.AIRLINE, TypeKind.VISA, TypeKind.TEXT, TypeKind.CHOICE)
STANDING = (FactState.SUGGESTED, FactState.CONFIRMED)
# How much it tells that two stories share something: a name or a fact much; a word that merely is in few tips little,
# unless it is in one of five hundred.
MUCH, LITTLE = 1.0, 0.3
TRULY_RARE = 500
LONG_RUN = 4  # characters of Han: a name, or a name with what it is


@dataclass(frozen=True, slots=True)
class Reason:
    """What two tips share: a fact, or a word as it stands in the story of the one that is open."""

    word: str = ""
    kind: FactType | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class RelatedTip:
    """A tip and what it shares, the most telling first."""

    tip: Tip
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class SharedWords:
    """Tips that share something with one, what shares most first; and all that is shared, once each."""

    tips: list[RelatedTip]

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(reason.word for one in self.tips for reason in one.reasons if reason.word))

    @property
    def facts(self) -> list[tuple[FactType, str]]:
        reasons = [reason for one in self.tips for reason in one.reasons]
        return list({(r.kind.id, r.value): (r.kind, r.value) for r in reasons if r.kind}.values())


@dataclass(frozen=True, slots=True)
class _Term:
    """What is looked for. How much it tells and how rare it is multiplied are what it counts."""

    telling: float
    rarity: float
    reason: Reason
    word: Word | None = None
    fact: Fact | None = None

    @property
    def score(self) -> float:
        return self.telling * self.rarity


def of_tip(session: Session, tip: Tip, by: Actor) -> SharedWords:
    """Up to SHOWN tips of those that this person sees, first what shares most. The caller got the tip from
    `access.tip`."""
    if tip.id is None or tip.restricted or tip.merged_into is not None:
        return SharedWords([])
    story = clusters.stories(session, [tip.id]).get(tip.id, "")
    others = _others(session, tip, by)
    met: dict[tuple[int, int | None], list[_Term]] = defaultdict(list)
    for term in _terms(session, tip, story, by):
        for tip_id, cluster in session.execute(_holding(session, term, by).where(*others)):
            met[tip_id, cluster].append(term)
    return SharedWords(_best(session, _widened(session, story, _most(met))))


def _most(met: Mapping[tuple[int, int | None], list[_Term]]) -> dict[int, list[_Term]]:
    """The tips that share most; of a cluster the one that does is enough."""
    found: dict[int, tuple[int, list[_Term]]] = {}
    for (tip_id, cluster), terms in sorted(met.items(), key=lambda one: (-_score(one[1]), -one[0][0])):
        found.setdefault(cluster or tip_id, (tip_id, terms))
    return dict([*found.values()][:READ])


def _score(terms: Iterable[_Term]) -> float:
    return sum(term.score for term in terms)


def _others(session: Session, tip: Tip, by: Actor) -> list[ColumnElement[bool]]:
    """The conditions on Tip: what this person sees, and the tip's page does not name."""
    related = links.related(session, tip, by)
    named = [*related.linked, *related.may_belong, *related.pieces, *(one.tip for one in related.same_person)]
    ids = {tip.id, tip.may_belong_to, related.origin and related.origin.id, *(one.id for one in named)} - {None}
    return [
        access.visible(by),
        ~col(Tip.restricted),
        Unindexed(col(Tip.merged_into)).is_(None),
        col(Tip.status) != Status.SPAM,
        col(Tip.id).not_in(ids),
        col(Tip.reader_id).not_in(same_reader.group(session, tip.reader_id)),
        *(
            [or_(col(Tip.cluster_id).is_(None), col(Tip.cluster_id) != tip.cluster_id)]
            if tip.cluster_id is not None
            else []
        ),
    ]


def _terms(session: Session, tip: Tip, story: str, by: Actor) -> list[_Term]:
    """The rarest facts and words of a tip that others have, too."""
    total = session.scalar(select(func.max(col(Tip.id)))) or 1
    rare = min(RARE, max(FEWEST, total // SHARE))
    facts = _facts(session, tip.id or 0)
    told = _read_in(session, [fact for _, fact in facts]) | _of_template(session, tip, by)
    words = distinctive_words.words(story, without=told)
    counts = search.counts(session, [word.tokens for word in words], rare, by)

    def rarity(count: int) -> float:
        return math.log(total / count)

    def how_telling(word: Word, count: int) -> float:
        return MUCH if word.name or total >= TRULY_RARE * count else LITTLE

    of_facts = [
        _Term(MUCH, rarity(count), Reason(kind=kind, value=fact.value), fact=fact)
        for kind, fact in facts
        if 2 <= (count := _count(session, fact, rare)) <= rare
    ]
    of_words = [
        _Term(how_telling(word, count), rarity(count), Reason(word.shown), word=word)
        for word, count in zip(words, counts, strict=True)
        if 2 <= count <= rare
    ]
    return [term for each in (of_facts, of_words) for term in sorted(each, key=lambda t: -t.score)[:TRIED]]


def _facts(session: Session, tip_id: int) -> list[tuple[FactType, Fact]]:
    """What is known of places and the like, confirmed before suggested."""
    statement = (
        select(FactType, Fact)
        .join(Fact, col(Fact.type_id) == col(FactType.id))
        .where(col(Fact.tip_id) == tip_id, col(Fact.state).in_(STANDING), col(FactType.kind).in_(KINDS))
        .where(~col(FactType.archived))
        .order_by(col(Fact.state), col(Fact.id))
    )
    return [(kind, fact) for kind, fact in session.execute(statement.limit(2 * TRIED))]


def _read_in(session: Session, facts: Sequence[Fact]) -> set[str]:
    """The tokens of facts and of the words that they were read in: a fact says these already."""
    ids = [fact.message_id for fact in facts if fact.message_id is not None]
    query = select(col(Message.id), col(Message.text)).where(col(Message.id).in_(ids))
    texts = {message_id: text for message_id, text in session.execute(query)} if ids else {}  # noqa: C416
    passages = [texts.get(fact.message_id or 0, "")[fact.begin or 0 : fact.until or 0] for fact in facts]
    return {*documents([*passages, *(fact.value for fact in facts)]).split()}


def _of_template(session: Session, tip: Tip, by: Actor) -> set[str]:
    """The tokens of another tip of its cluster: they are a template's words, not the reader's own."""
    copies = [copy.id or 0 for copy in similar.newest(session, tip, by)[:1]]
    return {*documents(clusters.stories(session, copies).values()).split()} if copies else set()


def _count(session: Session, fact: Fact, most: int) -> int:
    capped = _same(fact).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(capped)) or 0


def _same(fact: Fact) -> Select[int]:
    """The tips with the same fact."""
    same = col(Fact.type_id) == fact.type_id, col(Fact.state).in_(STANDING), col(Fact.folded) == fact.folded
    return select(col(Fact.tip_id)).where(*same)


def _holding(session: Session, term: _Term, by: Actor) -> Select[*tuple[Any, ...]]:
    """The tips that a term leads to, for more conditions."""
    if term.word is None:
        assert term.fact is not None
        return select(col(Tip.id), col(Tip.cluster_id)).where(col(Tip.id).in_(_same(term.fact)))
    hits = search.holding(session, term.word.tokens, by)
    found = select(col(Tip.id), col(Tip.cluster_id)).where(hits.where)
    return found.join(hits.source, hits.on) if hits.source is not None and hits.on is not None else found


def _widened(session: Session, story: str, met: Mapping[int, list[_Term]]) -> dict[int, list[_Term]]:
    """Pairs of characters made as long as the two stories have them in common, each once."""
    here, told = distinctive_words.level(story), clusters.stories(session, list(met)) if met else {}
    return {
        tip_id: _runs(terms, story, here, distinctive_words.level(told.get(tip_id, "")))
        for tip_id, terms in met.items()
    }


def _runs(terms: Sequence[_Term], story: str, here: str, there: str) -> list[_Term]:
    found: dict[tuple[str, int], _Term] = {}
    for term in terms:
        if term.word and term.word.han and (run := distinctive_words.common_run(term.word.shown, here, there)):
            written = story[slice(*run)]
            term = replace(term, reason=Reason(written), telling=MUCH if len(written) >= LONG_RUN else term.telling)
        same = term.reason.word, (term.fact.id if term.fact else None) or 0
        if same not in found or found[same].score < term.score:
            found[same] = term
    return list(found.values())


def _best(session: Session, met: Mapping[int, list[_Term]]) -> list[RelatedTip]:
    """Those that share something that tells much, what shares most first."""
    enough = {tip_id: terms for tip_id, terms in met.items() if any(term.telling == MUCH for term in terms)}
    tips = session.scalars(select(Tip).where(col(Tip.id).in_(enough))).all() if enough else []
    ranked = sorted(tips, key=lambda tip: (-_score(enough[tip.id or 0]), -(tip.id or 0)))
    return [RelatedTip(tip, _reasons(enough[tip.id or 0])) for tip in ranked[:SHOWN]]


def _reasons(terms: Iterable[_Term]) -> list[Reason]:
    much = [term for term in terms if term.telling == MUCH]
    return [term.reason for term in sorted(much, key=lambda term: -term.score)[:REASONS]]
