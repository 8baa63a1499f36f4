"""Where a search found its words: marked in a text, and snippets, computed once for the rows of a page and for a row
that is drawn alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import g
from markupsafe import Markup, escape

from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.inbox import snippets
from tipline.core.inbox.snippets import Snippet
from tipline.core.text import search_query
from tipline.models import Tip
from tipline.web.guards import read


def marker(terms: tuple[str, ...]) -> Callable[[str], Markup | str]:
    """A function that marks what was searched for in a text."""

    def mark(words: str) -> Markup | str:
        parts = search_query.marked(words, terms) if terms else ()
        said = (Markup("<mark>{}</mark>").format(part.text) if part.marked else escape(part.text) for part in parts)
        return Markup("").join(said) if terms else words

    return mark


@dataclass
class SearchSnippets:
    """What the template of a row asks for its snippet."""

    terms: tuple[str, ...]
    by: Actor
    _known: dict[int, Snippet | None] = field(default_factory=dict)

    def meet(self, tips: Sequence[Tip]) -> None:
        """These rows are drawn next."""
        if self.terms and tips:
            made = snippets.of(read(), tips, self.terms, self.by)
            self._known.update({tip.id or 0: made.get(tip.id or 0) for tip in tips})

    def __call__(self, tip: Tip) -> Snippet | None:
        if self.terms and tip.id not in self._known:
            self.meet([tip])
        return self._known.get(tip.id or 0)


def of_page(wanted: Filters, by: Actor) -> SearchSnippets:
    """The one of this request and list."""
    terms = search_query.query(wanted.text).terms if wanted.text else ()
    if "found" not in g or g.found.terms != terms:
        g.found = SearchSnippets(terms, by)
    made: SearchSnippets = g.found
    return made
