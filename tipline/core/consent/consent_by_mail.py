"""How readers say by mail what may be published: a choice without the courtesies around it, and lines that may be about
it. What is not certain is for a reporter to read; nothing is guessed."""

import re
import unicodedata
from collections.abc import Sequence

# What stands around a choice and changes nothing of it.
POLITE_BEFORE = re.compile(
    r"^(?:(?:hello|hi|ok|okay|please|thanks|thank you|您好|你好|好的|谢谢|謝謝|s'il vous plaît|por favor|"
    r"bitte)[,.!:， ]+"
    r"|(?:i(?:'d| would)? (?:choose|pick|like|want|prefer|take|go (?:for|with))|my (?:choice|answer)(?: is|:)|"
    r"ich (?:wähle|nehme|möchte)|je choisis|je prends|elijo|escojo|prefiero)\s+"
    r"|(?:option|choice|answer|letter|número|opción|choix|lettre|antwort|buchstabe)\s*[:#]?\s*(?=[\"'(\[]?[a-z]\b)"
    r"|(?:我|我们|我們)?(?:选择|選擇|选|選|要选|要選)\s*[:：]?\s*(?:第)?|(?:选项|選項|答案)\s*(?:是|为|為)?\s*[:：]?\s*)",
    re.IGNORECASE,
)
POLITE_AFTER = re.compile(
    r"(?:[\s,.;!，。；！-]+(?:please|thanks|thank you(?: very much| so much)?|many thanks|cheers|s'il vous plaît|merci|"
    r"por favor|gracias|bitte|danke|谢谢(?:您|你|你们)?|謝謝(?:您|你|你們)?|多谢|多謝)|"
    r"吧|(?:谢谢|謝謝)(?:您|你)?)[\s.,!，。！]*$",
    re.IGNORECASE,
)
LONE = re.compile(r"[(\[]?[A-Da-d][)\].。、]?")
OF_CONSENT = re.compile(
    r"\b(?:publish|print|quote|my name|anonym\w*|without my name|background only|ask me first)\b|"
    r"刊登|发表|發表|引用|匿名|署名|我的名字|先问我|先問我|veröffentlich|publi(?:er|car)|"
    r"mon nom|mi nombre|mein(?:en)? namen",
    re.IGNORECASE,
)
SHOWN = 300  # characters of a passage


def polite(text: str) -> str:
    """A choice without what people say around it: "Option B, please" and "我选B，谢谢" are B. Nothing else is left out:
    "B, but not my name" stays as it is, and is no choice."""
    said = unicodedata.normalize("NFKC", text[:500]).strip()
    for _ in range(3):
        said = POLITE_BEFORE.sub("", POLITE_AFTER.sub("", said)).strip()
    return said if len(text) <= 500 else text


def is_about(lines: Sequence[str]) -> bool:
    """Whether a mail seems to say what may be published: a lone letter, or words of publishing and names."""
    return any(_about(line) for line in lines[:200])


def passage(text: str) -> str:
    """The lines of a message that may say what may be published, else its beginning."""
    lines = text[:20_000].split("\n")
    return "\n".join([line for line in lines if _about(line)] or lines)[:SHOWN].strip()


def _about(line: str) -> bool:
    return LONE.fullmatch(polite(line)) is not None or OF_CONSENT.search(line[:500]) is not None
