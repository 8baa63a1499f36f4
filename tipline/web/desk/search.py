"""The search field: what it offers while one types, and what was searched for last."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from tipline.core.inbox import recent_searches, views
from tipline.models import Role
from tipline.web import fragments, i18n
from tipline.web.desk import chips, listing
from tipline.web.desk import syntax as understood
from tipline.web.desk.suggestions import of_tip, suggest
from tipline.web.guards import current_actor, needs, read, write

blueprint = Blueprint("search", __name__)

READS = (Role.EDITOR, Role.REPORTER, Role.VIEWER)
MAX_QUERY_LENGTH = 500


@blueprint.get("/desk/suggest")
@needs(*READS)
def offered() -> str:
    """The options that go on from `q`, which is the field's text up to the cursor."""
    by, typed = current_actor(), request.args.get("q", "")[:MAX_QUERY_LENGTH]
    searched = recent_searches.recent(read(), by)
    groups = suggest(typed, chips.choices(read(), by), views.views(read(), by), searched, i18n.today())
    tip = listing.tip_numbered(typed, by)
    groups = [of_tip(tip), *groups] if tip else groups
    shows_recent = any(option.address in searched for group in groups for option in group.options if option.address)
    return render_template("desk/_suggestions.html", groups=groups, clearable=shows_recent and not typed.strip())


@blueprint.get("/desk/searching")
@needs(*READS)
def syntax() -> Response:
    """All that the search field understands: a page, or the content of the dialog of keys."""
    parts, known = {"dialog-body": ["desk/_search_help.html"]}, chips.choices(read(), current_actor())
    lines = understood.lines(known)
    return fragments.answer("desk/search_help.html", parts, lines=lines, words=understood.WORDS, here="searching")


@blueprint.post("/desk/searches")
@needs(*READS)
def remember() -> ResponseReturnValue:
    """Keep what was searched for; sent by the page when the search is."""
    wanted = listing.filters()
    with write() as session:
        recent_searches.remember(session, wanted.query(), current_actor())
        session.commit()
    return "", 204


@blueprint.post("/desk/searches/clear")
@needs(*READS)
def clear() -> ResponseReturnValue:
    """Forget what was searched for."""
    with write() as session:
        recent_searches.clear(session, current_actor())
        session.commit()
    return "", 204
