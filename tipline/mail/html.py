"""HTML parts as text, with the places where mail programs mark history and signatures.

Mail programs say in their HTML which part is quoted (`gmail_quote`, `blockquote type=cite`, …). The text keeps that
as private characters on lines of their own, which `quotes.split` understands and `plain` takes away again.
"""

import re
from functools import lru_cache
from html import unescape
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from tipline.mail import attribution, hidden, stylesheets
from tipline.mail.stylesheets import Stylesheet

QUOTE, WEAK, SIGNATURE, END = "\uf8f0", "\uf8f1", "\uf8f2", "\uf8f3"
_ALL_MARKS = frozenset((QUOTE, WEAK, SIGNATURE, END))
MAX_RICH_DEPTH = 200  # the layout engine silently gives nothing from about 255
MAX_DEPTH = 2000
MAX_RICH = 400_000  # characters: beyond, speed goes before tables
_MARKS = re.compile(f"[{QUOTE}{WEAK}{SIGNATURE}{END}]")
_MARK_LINES = re.compile(f"^[ \t]*[{QUOTE}{WEAK}{SIGNATURE}{END}][ \t]*\n?", re.MULTILINE)

_QUOTE_CLASS = re.compile(
    r"(?:^|[\s_])(?:x_)*(?:gmail_quote|gmail_extra_quote|yahoo_quoted|protonmail_quote|tutanota_quote|"
    r"moz-email-quote|zmail_extra"
    r"|mail_quote|mail-quote-collapse|ntes-mailmaster-quote|netease_mail_quote|replyContent|fastmail-quote|"
    r"hmmessage_quote"
    r"|front-blockquote|hey_quote|mailru_quote|history_container|ms-outlook-mobile-reference-message"
    r"|elided-text|WordSection_quote|skiff_quote|iosymail|ik_mail_quote|ReferenceQuote)(?:$|\s)",
    re.IGNORECASE,
)
_QUOTE_ID = re.compile(
    r"(?:x_)*(?:OLK_SRC_BODY_SECTION|isReplyContent|mail-editor-reference-message-container|reply-intro|"
    r"yahoo_quoted_\d+|composer_quote|oriMsgHtmlSeperator|ymail_android_quote|reply139content|origbody)$",
    re.IGNORECASE,
)
_SIGNATURE_CLASS = re.compile(
    r"(?:^|\s)(?:x_)*(?:gmail_signature|moz-signature|protonmail_signature_block|apple-mail-signature|"
    r"ms-outlook-mobile-signature|yahoo_signature|foxmail_signature|ntes-mailmaster-sign|tutanota_signature)(?:$|\s)",
    re.IGNORECASE,
)
_SIGNATURE_ID = re.compile(
    r"(?:x_)*(?:Signature|ms-outlook-mobile-signature|AppleMailSignature|lineBreakAtBeginningOfSignature|"
    r"composer_signature|FMSigSeperator|ntes-pcmail-signature|ntes-pcmac-signature|ymail_android_signature)$",
    re.IGNORECASE,
)
_CONTAINER = re.compile(
    r"<(/?)(?:div|span|table|tbody|tr|td|th|font|blockquote|center|b|i|u|em|strong|a|ul|ol|li|section|"
    r"article|dl|dd|big|small|sub|sup|tt|pre)\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_SILENT = re.compile(r"<(script|style|head|title)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|/blockquote)\b[^<>]*>", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")
_ADDRESS_TAG = re.compile(r"<([^\s<>\"'/=@]{1,80}@[^\s<>\"'/=]{1,120})>")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:\-]{2,40})", re.IGNORECASE)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def charset(data: bytes) -> str:
    """The charset that the document itself names, in its first 2,000 bytes."""
    match = _META_CHARSET.search(data[:2000])
    return match[1].decode("ascii") if match else ""


def marked(markup: str) -> str:
    """Text of an HTML document with quote and signature marks; never raises."""
    markup = _ILLEGAL.sub("", _MARKS.sub("", _DECLARATION.sub("", markup)))
    markup = _ADDRESS_TAG.sub(r"&lt;\1&gt;", markup)  # "<jane@example.com>" unescaped would vanish as a tag
    if not markup.strip():
        return ""
    depth = _depth(markup)
    for rules in (stylesheets.read(markup), None):  # where nothing is shown, what is hidden is better than nothing
        text = _rich(markup, rules) if len(markup) <= MAX_RICH and depth < MAX_RICH_DEPTH else ""
        if not _MARKS.sub("", text).strip() and depth < MAX_DEPTH:
            text = _plain(markup, rules)
        if _MARKS.sub("", text).strip():
            return text
    return _stripped(markup)


def _depth(markup: str) -> int:
    """How deep elements nest at most: a cheap upper bound, since all three engines are slow or blind beyond theirs."""
    depth = deepest = 0
    for match in _CONTAINER.finditer(markup):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def is_mark(line: str) -> bool:
    """Whether this line of a marked text is nothing but a mark."""
    return len(line) < 40 and line.strip() in _ALL_MARKS


def plain(text: str) -> str:
    """The text without marks."""
    return _MARKS.sub("", _MARK_LINES.sub("", text)).strip("\n")


@lru_cache(maxsize=1)
def _engine() -> tuple[Any, Any, Any]:
    # Slow to import (lxml, requests): most mails have a text part and never need it.
    from inscriptis import Inscriptis  # type: ignore[import-untyped]
    from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]
    from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
    from lxml import html as lxml_html  # type: ignore[import-untyped]

    return Inscriptis, ParserConfig(css=CSS_PROFILES["strict"]), lxml_html


def _rich(markup: str, rules: Stylesheet | None) -> str:
    """By the layout engine, without what `rules` or elements hide; None: with all of it."""
    inscriptis, config, lxml_html = _engine()
    from lxml import etree

    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(markup, parser=parser)
        if any(entry.line and "depth" in entry.message for entry in parser.error_log):
            return ""  # libxml2 drops what is nested deeper than 256
        if rules is not None:
            _drop_hidden(root, rules)
        _mark(root)
        text: str = inscriptis(root, config).get_text()
    except (
        etree.LxmlError,
        ValueError,
        AssertionError,
        RecursionError,
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
    ):
        return ""
    return "\n".join(line.rstrip() for line in text.replace("\xa0", " ").split("\n"))


def _mark(root: Any) -> None:
    body = root.find("body")
    for element in list(
        (root if body is None else body).iter("div", "blockquote", "span", "table", "td", "p", "section")
    ):
        style, cls, ident = element.get("style") or "", element.get("class") or "", element.get("id") or ""
        kind = ""
        if element.tag == "blockquote" and cls == "gmail_quote" and not _in_gmail_quote(element):
            kind = WEAK  # Gmail's indented text; a real quote stands in a container of that class
        elif _QUOTE_CLASS.search(cls) or _QUOTE_ID.match(ident) or element.get("name") == "quote":  # GMX and WEB.DE
            kind = QUOTE
        elif element.tag == "blockquote":
            kind = QUOTE if element.get("type") == "cite" or element.get("cite") else WEAK
        elif _SIGNATURE_CLASS.search(cls) or _SIGNATURE_ID.match(ident):
            kind = SIGNATURE
        if kind and not hidden.is_hidden(style) and not (kind == QUOTE and _is_written_into(element)):
            _enclose(element, kind)


def _drop_hidden(root: Any, rules: Stylesheet) -> None:
    """Take out the elements that no mail program shows; the text behind each stays."""
    elements = [one for one in root.iter() if isinstance(one.tag, str) and one.tag not in ("html", "body")]
    sized = set()  # elements in which another one sets a size of its own; children first
    for element in reversed(elements):
        if element in sized or hidden.sets_size(element.get("style") or ""):
            sized.add(element.getparent())
    for element in elements:
        style, cls, ident = element.get("style") or "", element.get("class") or "", element.get("id") or ""
        if (
            hidden.is_hidden(style, attribute="hidden" in element.attrib)
            or (hidden.has_no_letters(style) and element not in sized)
            or rules.hides(element.tag, cls, ident, style)
        ):
            element.drop_tree()


def _is_written_into(element: Any) -> bool:
    """Whether this container holds more than history. Gmail and Proton put a quote as a blockquote into a container of
    the same class; who answers between the lines writes into that container, so only its quotes are history."""
    if element.tag != "div":
        return False
    quote = next(
        (one for one in element if one.tag == "blockquote" and _QUOTE_CLASS.search(one.get("class") or "")), None
    )
    if quote is None:
        return False
    above = reversed([*quote.itersiblings(preceding=True)])
    before = " ".join(f"{element.text or ''} {' '.join(_words(one) for one in above)}".split())
    if before and not attribution.attributes(before, before_quote=True):
        return False
    behind = (one.tail or "" if one.tag == "blockquote" else _words(one) for one in (quote, *quote.itersiblings()))
    return any(words.strip() for words in behind)


def _words(element: Any) -> str:
    return f"{element.text_content()}{element.tail or ''}"


def _in_gmail_quote(element: Any) -> bool:
    parent = element.getparent()
    cited = element.get("type") == "cite" or element.get("cite")
    several = sum(other.get("class") == "gmail_quote" for other in element.getroottree().iter("blockquote")) > 1
    return bool(cited) or several or (parent is not None and "gmail_" in (parent.get("class") or ""))


def _enclose(element: Any, kind: str) -> None:
    opening, closing = element.makeelement("div"), element.makeelement("div")
    opening.text, closing.text = kind, END
    opening.tail, element.text = element.text, None
    element.insert(0, opening)
    element.append(closing)


def _plain(markup: str, rules: Stylesheet | None) -> str:
    """For documents too deep or too large for the layout engine: block by block, without tables."""
    tree = LexborHTMLParser(markup)
    tree.strip_tags(["script", "style", "head", "title", "template", "noscript"], recursive=True)
    if tree.body is None:
        return ""
    if rules is not None:
        for node in tree.css("body [style], body [hidden], body [class], body [id]"):
            has = {name: value or "" for name, value in node.attributes.items()}
            style, cls, ident = (has.get(name, "") for name in ("style", "class", "id"))
            if hidden.is_hidden(style, attribute="hidden" in has) or rules.hides(node.tag or "", cls, ident, style):
                node.decompose()
    text = tree.body.text(separator="\n")
    return "\n".join(line.strip() for line in text.replace("\xa0", " ").split("\n") if line.strip())


def _stripped(markup: str) -> str:
    """For documents nested thousands deep, as only attackers and broken programs write them: tags out, text kept."""
    text = unescape(_TAG.sub("", _BREAK.sub("\n", _SILENT.sub("", markup))))
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())
