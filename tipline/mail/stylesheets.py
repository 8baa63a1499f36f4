"""What the style sheets in an HTML mail hide: preheaders of newsletters, and text for other screens.

Rules for classes and ids are read, each by itself ("div.preheader", "#intro"); where two disagree, it is shown. Those
that depend on what an element stands in, on a state, on the screen (@media) or on Outlook (conditional comments) are
not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tipline.mail import hidden

MAX_LENGTH = 200_000  # characters
MAX_RULES = 200  # that hide something, or show it
_STYLE = re.compile(r"<style\b([^<>]{0,300})>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_FOR_ALL = re.compile(
    r"(?!.*\bmedia\s*=)|.*\bmedia\s*=\s*[\"']?\s*(?:all|screen)\s*(?:[\"'\s]|$)", re.IGNORECASE | re.DOTALL
)
_OUTLOOK = re.compile(r"<!--\[if [^\]]{0,200}\]>(?!<!).*?(?:<!\[endif\]-->|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_SELECTOR = re.compile(r"(?:(?:html|body)\s+)?([a-z][a-z0-9]*)?((?:[.#][\w-]+)+)", re.IGNORECASE)
_NAME = re.compile(r"[.#][\w-]+")
_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*(?!none)[\w-]+", re.IGNORECASE)
_IMPORTANT = re.compile(r"!\s*important", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Rule:
    tag: str
    names: frozenset[str]  # ".class" and "#id", all of which the element has
    hides: bool
    important: bool


@dataclass(slots=True)
class Stylesheet:
    """The rules of a document; none hides anything where there is no style sheet."""

    rules: dict[str, list[_Rule]] = field(default_factory=dict)  # by one of their names
    _said: dict[tuple[str, str, str], tuple[bool, bool]] = field(default_factory=dict)  # of tag, class and id

    def hides(self, tag: str, cls: str, ident: str, style: str) -> bool:
        """Whether an element with these attributes is not shown. Its own `style` counts more than any rule that is not
        `!important`."""
        if not self.rules or not (cls or ident):
            return False
        if (key := (tag, cls, ident)) not in self._said:
            self._said[key] = self._says(*key)
        hides, important = self._said[key]
        return hides and (important or not _DISPLAY.search(style[:2000]))

    def _says(self, tag: str, cls: str, ident: str) -> tuple[bool, bool]:
        """Whether the rules hide it, and whether that is important."""
        names = {f".{name}" for name in cls.split()[:50]} | ({f"#{ident}"} if ident else set())
        found = [rule for name in names for rule in self.rules.get(name, ())]
        found = [rule for rule in found if rule.tag in ("", tag) and rule.names <= names]
        important = any(rule.important for rule in found)
        weighty = [rule.hides for rule in found if rule.important == important]
        return bool(weighty) and all(weighty), important


def read(markup: str) -> Stylesheet:
    """The style sheets of a document, as far as they say what is shown."""
    if not _STYLE.search(markup):
        return Stylesheet()
    found = _STYLE.findall(_OUTLOOK.sub("", markup))
    rules: dict[str, list[_Rule]] = {}
    left = MAX_RULES
    text = "\n".join(css for attributes, css in found if _FOR_ALL.match(attributes))[:MAX_LENGTH]
    for prelude, declarations in _blocks(_COMMENT.sub("", text)):
        hides = hidden.is_hidden(declarations)
        if not hides and not _DISPLAY.search(declarations):
            continue
        for selector in prelude.split(","):
            if (match := _SELECTOR.fullmatch(selector.strip())) and left > 0:
                names = _NAME.findall(match[2])
                important = _IMPORTANT.search(declarations) is not None
                rule = _Rule((match[1] or "").lower(), frozenset(names), hides, important)
                rules.setdefault(names[0], []).append(rule)
                left -= 1
    return Stylesheet(rules)


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """The selectors and the declarations of each rule, without what stands in @media and its like."""
    depth = begin = inner = 0
    prelude = ""
    for brace in re.finditer("[{}]", css):
        if brace[0] == "{":
            if depth == 0:
                prelude, inner = css[begin : brace.start()].rpartition(";")[2].strip(), brace.end()
            depth += 1
        elif depth:
            depth -= 1
            begin = brace.end()
            if depth == 0 and not prelude.startswith("@"):
                yield prelude, css[inner : brace.start()]
        else:
            begin = brace.end()
