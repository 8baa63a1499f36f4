"""What programs read: feeds of open callouts and of published answers (RFC 4287), and robots.txt (RFC 9309)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as xml

from flask import Blueprint, Response, make_response, request
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from tipline.core import callouts
from tipline.core.results import gallery
from tipline.core.results.gallery import PublishedAnswer
from tipline.db import now
from tipline.models import Callout
from tipline.web.addresses import one_line, url
from tipline.web.guards import public, read
from tipline.web.i18n import language_tag
from tipline.web.place import settings
from tipline.web.public.gallery import with_gallery

blueprint = Blueprint("feeds", __name__)
ATOM = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
ROBOTS = """User-agent: *
Disallow: /desk
Disallow: /login
Disallow: /r/
Disallow: /receipt/
Disallow: /c/preview/
"""  # whether a callout's page may be listed is said by the page itself


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry; `language` a BCP 47 tag, "" for the feed's own."""

    link: str
    title: str
    text: str
    published: datetime
    updated: datetime
    author: str = ""
    language: str = ""


@blueprint.get("/feed.atom")
@public
def open_callouts() -> Response:
    """What our reporters ask now."""
    language = str(get_locale())
    rows = callouts.listed(read())
    said = callouts.texts(read(), rows, language)
    entries = [
        FeedEntry(url("public.callout", slug=row.slug), words.title, words.intro, began, began)
        for row in rows
        for words, began in [(said[row.id or 0], _began(row))]
    ]
    return _answer(_("Questions to our readers"), url("public.front"), url("feeds.open_callouts"), entries, language)


@blueprint.get("/c/<slug>/answers.atom")
@public
def answers(slug: str) -> Response:
    """What became public last of a callout's answers."""
    view = with_gallery(slug)
    with force_locale(view.language):
        shown = [_entry(slug, answer) for answer in gallery.newest(read(), view.id)]
        title = f"{_('Answers')}: {view.title}"
        here = url("feeds.answers", slug=slug)
        response = _answer(title, url("gallery.answers", slug=slug), here, shown, view.language)
    if not view.indexed:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """What search engines are asked not to fetch."""
    return Response(ROBOTS, mimetype="text/plain")


def _entry(slug: str, answer: PublishedAnswer) -> FeedEntry:
    return FeedEntry(
        url("gallery.answers", slug=slug, at=answer.id, _anchor=f"a{answer.id}"),
        one_line(answer.text)[:80],
        answer.text,
        answer.published_at,
        answer.changed_at,
        answer.attribution or _("a reader"),
        answer.language,
    )


def _began(row: Callout) -> datetime:
    return max(row.created_at, row.opens_at or row.created_at)


def _answer(title: str, page: str, here: str, entries: Sequence[FeedEntry], language: str) -> Response:
    feed = xml.Element("feed", {"xmlns": ATOM, LANG: language_tag(language)})
    _add(feed, "id", here)
    _add(feed, "title", f"{title} · {settings().newsroom.name}")
    _add(feed, "updated", _time(max((entry.updated for entry in entries), default=_midnight())))
    _add(xml.SubElement(feed, "author"), "name", settings().newsroom.name)
    xml.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": here})
    xml.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": page})
    for entry in entries:
        _put(feed, entry)
    text = xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    response = make_response(text)
    response.mimetype = "application/atom+xml"
    response.headers["Vary"] = "Accept-Language"
    response.add_etag()
    response.make_conditional(request)
    return response


def _put(feed: xml.Element, entry: FeedEntry) -> None:
    within = xml.SubElement(feed, "entry", {LANG: entry.language} if entry.language else {})
    _add(within, "id", entry.link)
    _add(within, "title", entry.title)
    _add(within, "published", _time(entry.published))
    _add(within, "updated", _time(entry.updated))
    xml.SubElement(within, "link", {"rel": "alternate", "type": "text/html", "href": entry.link})
    if entry.author:
        _add(xml.SubElement(within, "author"), "name", entry.author)
    _add(within, "content", entry.text or entry.title).set("type", "text")


def _add(parent: xml.Element, name: str, text: str) -> xml.Element:
    child = xml.SubElement(parent, name)
    child.text = NO_XML.sub("", text)
    return child


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _midnight() -> datetime:
    """Of an empty feed: a time that stays the same for a day, so that its ETag does."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)
