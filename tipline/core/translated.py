"""Which text of a callout was translated from which: a source that says something else by now shows what to translate
anew."""

from collections.abc import Iterable, Iterator, Mapping

from tipline.core.callout_texts import TEXTS
from tipline.core.callouts import CalloutDraft
from tipline.core.questions import QuestionDraft, QuestionTexts

Known = Mapping[tuple[str, str], frozenset[str]]  # (language, translation): the texts that it was made of


def known(source: str, drafts: Iterable[CalloutDraft], questions: Iterable[QuestionDraft]) -> Known:
    """What is translated in these callouts and questions out of a language."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for first, language, text in _pairs(source, drafts, questions):
        found[language, text] = found.get((language, text), frozenset()) | {first}
    return found


def is_behind(known: Known, language: str, first: str, text: str) -> bool:
    """Whether a translation is known, but as one of other words than its source has now."""
    of = known.get((language, text))
    return bool(text) and of is not None and first not in of


def _pairs(
    source: str, drafts: Iterable[CalloutDraft], questions: Iterable[QuestionDraft]
) -> Iterator[tuple[str, str, str]]:
    """(source's text, language, its translation) of every text that has both."""
    asked = [*questions]
    for draft in drafts:
        said = {language: [getattr(texts, name) for name in TEXTS] for language, texts in draft.texts.items()}
        yield from _beside(source, said)
        asked += draft.questions
    for question in asked:
        yield from _beside(source, {language: _words(texts) for language, texts in question.texts.items()})


def _words(texts: QuestionTexts) -> list[str]:
    return [texts.wording, texts.hint, "\n".join(texts.options)]


def _beside(source: str, said: Mapping[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    for language, texts in said.items():
        if language != source:
            yield from ((a, language, b) for a, b in zip(said.get(source, ()), texts, strict=False) if a and b)
