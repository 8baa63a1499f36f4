"""The handbook for people who are signed in: topics in `templates/desk/help`, a partial for each topic and language.

A partial begins with its title (`<h1>`) and its summary (`<p class="lead">`). It names a button or field by
`{{ ui('…') }}`, so that the handbook says what the page says; a test finds words that no page uses any more.
"""

import re
import unicodedata
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from tipline.web.guards import needs

blueprint = Blueprint("help", __name__)

GROUPS: tuple[tuple[LazyString, tuple[str, ...]], ...] = (
    (
        _l("For reporters"),
        ("day", "search", "working", "bulk", "keys", "answering", "consent", "facts", "merging", "exports"),
    ),
    (_l("For editors"), ("callouts", "publishing", "mail", "erasing")),
    (_l("For admins"), ("accounts", "security")),
)
WRITTEN = ("en",)  # the languages of the handbook; people with another one read it in English
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

    def has(self, words: list[str]) -> bool:
        folded = _folded(f"{self.title} {self.text}")
        return all(word in folded for word in words)

    def excerpt(self, words: list[str]) -> tuple[str, str, str]:
        """The text around the first word that was searched for: before it, the word, and after it."""
        found = re.search("|".join(map(re.escape, words)), self.text, re.IGNORECASE)
        if found is None:
            return self.summary, "", ""
        start, end = max(found.start() - EXCERPT, 0), found.end() + EXCERPT
        return self.text[start : found.start()], found[0], self.text[found.end() : end]


@blueprint.get("/desk/help")
@needs()
def index() -> str:
    """All topics; with `q`, those that have its words."""
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    words = _folded(query).split()
    topics = {slug: _topic(slug) for slug in SLUGS}
    found = [(topic, topic.excerpt(words)) for topic in topics.values() if topic.has(words)] if words else []
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
    html = Markup(render_template("desk/help/_topic.html", language=language, slug=slug))
    title, summary = (re.search(rf"<{tag}>(.*?)</", html, re.DOTALL) for tag in ("h1", 'p class="lead"'))
    assert title and summary, f"{slug} begins with its title and summary"
    text = Markup(BLOCK.sub(r" \g<0>", html[summary.start() :])).striptags()
    return Topic(slug, html, Markup(title[1]).striptags(), Markup(summary[1]).striptags(), text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
