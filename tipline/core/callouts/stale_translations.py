"""Which text of a callout was translated from which: a source that says something else by now shows what to translate
anew."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from tipline.core.callouts import CalloutDraft
from tipline.core.callouts.callout_texts import TEXTS
from tipline.core.callouts.questions import QuestionDraft, QuestionTexts

# (where, language, translation): the texts that it was made of. `where` is "" for what the callout says, a question's
# id, or OFFERED: elsewhere the same words may translate something else.
Known = Mapping[tuple[str, str, str], frozenset[str]]
OFFERED = "offered"  # questions that come with their words, from a set


def known(source: str, drafts: Iterable[CalloutDraft], questions: Iterable[QuestionDraft]) -> Known:
    """What is translated in these callouts and questions out of a language."""
    found: dict[tuple[str, str, str], frozenset[str]] = {}
    drafts = [*drafts]
    behind = {(one.source, one.language, one.text): one.of for draft in drafts for one in draft.behind}
    for where, first, language, text in _pairs(source, drafts, questions):
        of = behind.get((first, language, text), (first,))
        found[where, language, text] = found.get((where, language, text), frozenset()) | {*of}
    return found


def mark(language: str, first: str, text: str) -> str:
    """What a form calls a translation by, in which its editor saw that it still says the same; void when either text
    says something else."""
    return hashlib.blake2b("\0".join((language, first, text)).encode(), digest_size=8).hexdigest()


def is_behind(known: Known, where: str, language: str, first: str, text: str) -> bool:
    """Whether a translation is known there, but as one of other words than its source has now."""
    of = known.get((where, language, text))
    return bool(text) and of is not None and first not in of


def _pairs(
    source: str, drafts: Iterable[CalloutDraft], questions: Iterable[QuestionDraft]
) -> Iterator[tuple[str, str, str, str]]:
    """(where, source's text, language, its translation) of every text that has both."""
    asked = [*questions]
    for draft in drafts:
        said = {language: [getattr(texts, name) for name in TEXTS] for language, texts in draft.texts.items()}
        yield from _beside("", source, said)
        asked += draft.questions
    for question in asked:
        where = str(question.id) if question.id else OFFERED
        yield from _beside(where, source, {language: _words(texts) for language, texts in question.texts.items()})


def _words(texts: QuestionTexts) -> list[str]:
    return [texts.wording, texts.hint, "\n".join(texts.options)]


def _beside(where: str, source: str, said: Mapping[str, list[str]]) -> Iterator[tuple[str, str, str, str]]:
    for language, texts in said.items():
        if language != source:
            yield from ((where, a, language, b) for a, b in zip(said.get(source, ()), texts, strict=False) if a and b)
