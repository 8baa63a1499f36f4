"""The handbook for people who are signed in: topics in `templates/desk/help`, a partial for each topic and language.

A partial begins with its title (`<h1>`) and its summary (`<p class="lead">`). It names a button or field by
`{{ ui('…') }}`, so that the handbook says what the page says; a test finds words that no page uses any more.
"""

import re
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from tipline.core.text import tokens
from tipline.core.text.han import SIMPLIFIED
from tipline.web.guards import needs

blueprint = Blueprint("help", __name__)

GROUPS: tuple[tuple[LazyString, tuple[str, ...]], ...] = (
    (
        _l("For reporters"),
        ("day", "search", "working", "bulk", "keys", "answering", "consent", "quotes", "facts", "merging", "exports"),
    ),
    (_l("For editors"), ("callouts", "publishing", "mail", "erasing")),
    (_l("For admins"), ("accounts", "security")),
)
WRITTEN = ("en", "zh_Hans", "zh_Hant")  # the languages of the handbook; people with another one read it in English
SLUGS = tuple(slug for _, slugs in GROUPS for slug in slugs)
MAX_QUERY = 100  # characters
BLOCK = re.compile(r"<(p|li|h2|dt|dd|th|td)\b")  # what stands apart from the text before it
EXCERPT = 80  # characters before and after what was found


@dataclass(frozen=True)
class Topic:
    """One page of the handbook, in the language of the person who reads it."""

    slug: str
    html: Markup
    title: str
    summary: str
    text: str

    def found(self, wanted: list[tuple[bool, str]]) -> list[str] | None:
        """The words as they stand in it, of what was searched for; None where one of them isn't there."""
        plain = _plain(f"{self.title} {self.text}")
        found: list[str] = []
        for han, word in wanted:
            pieces = _pieces(word, plain) if han else [word] if word in plain else []
            if not pieces:
                return None
            found += pieces
        return found

    def excerpt(self, words: list[str]) -> tuple[str, str, str]:
        """The text around the first of the words: before it, the word, and after it."""
        found = re.search("|".join(map(re.escape, words)), _plain(self.text))
        if found is None:
            return self.summary, "", ""
        start, end = found.span()
        before, after = max(start - EXCERPT, 0), end + EXCERPT
        return self.text[before:start], self.text[start:end], self.text[end:after]


@blueprint.get("/desk/help")
@needs()
def index() -> str:
    """All topics; with `q`, those that have its words."""
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    wanted = list(tokens.runs(tokens.fold(query)))
    topics = {slug: _topic(slug) for slug in SLUGS}
    found = [(topic, topic.excerpt(words)) for topic in topics.values() if (words := topic.found(wanted))]
    return render_template("desk/help/index.html", groups=GROUPS, topics=topics, query=query, found=found, here="help")


@blueprint.get("/desk/help/<topic>")
@needs()
def page(topic: str) -> str:
    """One topic."""
    if topic not in SLUGS:
        abort(404)
    at = SLUGS.index(topic)
    before, after = SLUGS[max(at - 1, 0) : at], SLUGS[at + 1 : at + 2]
    around = [_topic(slug) for slug in before], [_topic(slug) for slug in after]
    return render_template("desk/help/page.html", topic=_topic(topic), around=around, here="help")


def _topic(slug: str) -> Topic:
    language = str(get_locale()) if str(get_locale()) in WRITTEN else "en"
    html = render_template("desk/help/_topic.html", language=language, slug=slug)
    title, summary = (re.search(rf"<{tag}>(.*?)</", html, re.DOTALL) for tag in ("h1", 'p class="lead"'))
    assert title and summary, f"{slug} begins with its title and summary"
    text = Markup(BLOCK.sub(r" \g<0>", html[summary.start() :])).striptags()
    return Topic(slug, Markup(html), Markup(title[1]).striptags(), Markup(summary[1]).striptags(), text)


def _plain(text: str) -> str:
    """Case and Chinese scripts made alike, one character for one, so that places in it are places in the text."""
    return text.lower().translate(SIMPLIFIED)


def _pieces(run: str, text: str) -> list[str]:
    """Chinese has no spaces between words: the fewest pieces of a run, of two characters or more, that the text has.
    Empty where it can't be cut so."""
    if run in text:
        return [run]
    cuts: dict[int, list[str]] = {0: []}  # by where they end
    for end in range(2, len(run) + 1):
        ways = [[*cuts[start], run[start:end]] for start in range(end - 1) if start in cuts and run[start:end] in text]
        if ways:
            cuts[end] = min(ways, key=len)
    return cuts.get(len(run), [])
