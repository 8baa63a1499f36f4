"""The lines with which mail programs say who wrote what follows ("On … wrote:"), in the languages they speak.

Matching of single lines only; `scan` decides what they mean. All patterns are linear in line length.
"""

import re

MAX_LENGTH = 1000  # characters: no such line is longer

# The verb of "On … wrote", where it stands last ("… wrote:") or before the name ("… schreef Jan <…>:").
_VERB = re.compile(
    r"(?<![\w])(?:wrote|writes|sent|a \wcrit|écrit|schrieb|schreibt|geschrieben|ha scritto|scrisse|scritto|"
    r"escribió|escribio|ha escrito|"
    r"escreveu|schreef|geschreven|napisał\(a\)|napisał/a|napisała|napisał|pisze|skrev|skriver|följande|"
    r"kirjoitti|napsal\(a\)|napsal|napsala|napísal|napísala|"
    r"yazdı|şunu yazdı|şunları yazdı|написал\(а\)|написала|написал|написав|написала|пишет|пише|писал\(а\)|писал|"
    r"napisana przez|írta|ezt írta|a scris|đã viết|έγραψε|va escriure|je napisao|je napisala|je napisao/la|je napisal|"
    r"نوشت(?:ه(?: ?است)?)?|می‌نویسد|написа|kirjutas|rašė|parašė|rakstīja|menulis)(?!\w)"
    r"|כתב/ה|כתבה|כתב|מאת|كتب|كتبت|كتابة ما يلي|写道|寫道|写了|書きました|書き込み|のメール|のメッセージ|님이 작성|"
    r"작성했습니다|작성|쓴 글|씀|썼습니다|ने लिखा(?: है| था)?|เขียน|님이 다음을 썼습니다",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:on|le|am|den|il|el|em|no dia|op|w dniu|dnia|på|kl|dne|dňa|vào|lúc|στις|a|în|la|pe|ons|at|"
    r"tarihinde|в|у|בתאריך|ב|في|بتاريخ|يوم|در(?: تاریخ)?|सोम|मंगल|बुध|गुरु|शुक्र|शनि|रवि|在|于|於|"
    r"zo|ma|ti|ke|to|su|pada|data|il giorno|quoting|el día|pon|"
    r"mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|пн|вт|ср|чт|пт|сб|вс|[\w.]{2,12}dag)(?!\w)",
    re.IGNORECASE,
)
_BETWEEN_DASHES = re.compile(r"\s*-{2,}.*-{2,}\s*$")
_CLOSING = re.compile(r"[:：﹕]\s*\**\s*(?:-{2,}|={2,})?\s*$")
_TIME = re.compile(r"\d{1,2}\s?[:.h時时點点시]\s?\d{2}|\d{1,2}\s?[ap]\.?m\b|[上下]午|오[전후]", re.IGNORECASE)
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d{2}(?!\d)|\d{1,2}[./\-]\d{1,2}[./\-]\d{2,4}|\d{1,2}\.?\s+\w{3,10}|\w{3,10}\.?\s+\d{1,2}(?!\d)"
    r"|\d{1,2}\s?月|\d{1,2}\s?월"
)
_YEAR = re.compile(
    r"(?<!\d)(?:19|20)\d{2}(?!\d)|\d{1,2}[./\-]\d{1,2}[./\-]\d{2,4}"
    r"|(?<!\d)1[34]\d{2}(?!\d)(?=.{0,200}نوشت)"  # of Iran's calendar
)
ADDRESS = re.compile(r"[^\s<>@(\"]{1,200}@[^\s<>@)\"]{1,200}")
# "John Doe <john@example.org> wrote:", names as programs write them: "my friend Ann <…>" is a person's own line.
_NAMED = re.compile(
    r"(?:[\"“„«]\s?)?(?:(?![a-zа-я])[^\s<>()@]{1,40}\s){1,5}\s?<[^\s<>@]{1,100}@[^\s<>]{1,150}>\s(?:a\s|ha\s)?\w{4,12}\s?[:：]$"
)
_DATED_BEHIND = re.compile(r"\s(?:on|am|den|le|el|il|em|op)\s\S")  # "John Doe schrieb am 03.05.2021 um 10:11:"
_ACCOUNT = re.compile(r"(?<!\w)(?:пользователь|користувач|użytkownik|používateľ|uživatel)(?!\w)", re.IGNORECASE)
# How some programs cite whom they quote; only right above a quote, with an address.
_CITES = re.compile(
    r"(?:quoting|zitat von|citando|citeren|citerar|siterer|lainaus|cytowanie|cituji|цитирую|цитирование|idézet|alıntı)"
    r"\s",
    re.IGNORECASE,
)
_BRACKETED_DATE = re.compile(r"\[[^\[\]]{0,20}\d{2}[^\[\]]{0,30}\]\s?[:：]$")  # "* John Doe [2021-05-03 10:11]:"
_ISO_DATE = re.compile(r"20\d\d-\d\d-\d\d \d{1,2}:\d\d GMT[+-]\d\d:\d\d \S.{0,80}$")
# Marks of direction go, and digits of other scripts become ours.
_PLAIN = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")) | {
    ord(digit): str(value)
    for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९")
    for value, digit in enumerate(digits)
}
_LEAD = re.compile(r"[\s>*_\-=|~]*")
_PLAIN_DATE_START = re.compile(r"[\d٠-٩]|[^\W\d_]{1,12}[.,]?\s*[,，]?\s*(?:\d|[^\W\d_]{2,12}\.?\s+\d)")


def attributes(text: str, *, before_quote: bool) -> bool:
    """Whether one line (already joined from up to four) says who wrote what follows.

    `before_quote`: whether lines marked as quoted follow, which makes weaker evidence enough.
    """
    if not 6 <= len(text) <= MAX_LENGTH:
        return False
    text = text.translate(_PLAIN)
    closed = _CLOSING.search(text[-40:]) is not None
    verb = _last_verb(text if closed else text[-60:])
    if not (closed or verb or before_quote):
        return False
    dashed = _BETWEEN_DASHES.match(text) is not None
    text = _LEAD.sub("", text, count=1).rstrip().rstrip("*_").rstrip()
    if closed and verb and _NAMED.match(text):
        return True
    address, time, date = ADDRESS.search(text), _TIME.search(text), _DATE.search(text)
    if verb is not None:
        last = not verb.string[verb.end() :].strip(" \t:：﹕-=*_.>")
        if dashed and last:
            return True
        if not (last or closed) or not (date or time):
            return bool(before_quote and last and closed and (address or len(text) < 80))
        address = address or _ACCOUNT.search(text)
        if not last and not (address or before_quote or _OPENING.match(text)):
            return _dated_behind(text, verb[0])
        dated = _YEAR.search(text) and (time or (_OPENING.match(text) and closed))
        return bool(address or before_quote or dated)  # "Last night at 10:30 he wrote:" is a person's own line
    if before_quote and ((closed and address and _CITES.match(text)) or _ISO_DATE.match(text)):
        return True
    if not (date and _YEAR.search(text)):
        return False
    if before_quote and _BRACKETED_DATE.search(text):
        return True
    if closed and address and (time or before_quote):
        return bool(_PLAIN_DATE_START.match(text)) and len(text) < 300
    return bool(before_quote and address and text[:1].isdigit() and len(text) < 200)


def is_certain(text: str, *, before_quote: bool) -> bool:
    """Whether a line that `attributes` is a program's even in a letter that answers nothing: it has an address, and a
    whole date or a quote below it; or a quote below it, a whole date and time, and somebody's name."""
    if _BETWEEN_DASHES.match(text):
        return True
    if ADDRESS.search(text):
        return before_quote or _YEAR.search(text) is not None
    return before_quote and is_whole_time(text) and _TOLD.search(text) is None


# How people speak of somebody ("my boss wrote", 他写道); programs have a name there.
_TOLD = re.compile(
    r"(?<!\w)(?:he|she|they|we|my|our|his|her|their|someone|somebody|elle|ils|elles|notre|wir|ich|mein|meine|meiner|"
    r"unser|unsere|él|ella|ellos|nuestro|nuestra|yo|он|она|они|мы|мой|моя|наш|egli|meu|minha|ele|ela|hij|zij|mijn|"
    r"او|من|ما|آنها|آن‌ها|ایشان|مادرم|پدرم|شوهرم|همسرم|برادرم|خواهرم|رئیسم)(?!\w)"
    r"|उसने|उन्होंने|मैंने|हमने|इन्होंने|मेर[ेी]\s|हमार[ेी]\s"
    r"|[他她它我你您咱](?:们|們)?|有人|彼女?[はが]|私[はが]|그(?:가|는|녀)|내가|우리",
    re.IGNORECASE,
)


def is_whole_time(line: str) -> bool:
    """Whether a line has a date with its year and a time of day, as programs write them."""
    line = line[:MAX_LENGTH].translate(_PLAIN)
    return _YEAR.search(line) is not None and _TIME.search(line) is not None


_NAME = re.compile(
    r"[\s>*]{0,4}[\"“„«']?\s?(?:(?:(?![a-z])[^\W\d_]|[^\W\d_]\.)[\w.'’\-]{0,30}[\s,]{0,2}){1,5}[\"”»']?\s*<?\s*$"
)


def is_name(line: str) -> bool:
    """Whether a line is nothing but a name, as it stands before an address."""
    return len(line) <= 60 and _NAME.match(line) is not None


def _dated_behind(text: str, verb: str) -> bool:
    """Whether a line is a short name, a verb and a whole date: "John Doe schrieb am 03.05.2021 um 10:11:"."""
    name, _, rest = text.partition(verb)
    whole = bool(_DATED_BEHIND.match(rest) and _YEAR.search(rest) and _TIME.search(rest))
    return whole and 0 < len(name.split()) <= 4 and not any(word[0].islower() for word in name.split())


def _last_verb(text: str) -> "re.Match[str] | None":
    last = None
    for last in _VERB.finditer(text):  # noqa: B007
        pass
    return last


def opens(line: str) -> bool:
    """Whether an attribution begins with this line: a date, or "On", "Le", "Am", 在 …"""
    stripped = _LEAD.sub("", line[:200].translate(_PLAIN), count=1)
    return _OPENING.match(stripped) is not None or _PLAIN_DATE_START.match(stripped) is not None


_CLOSES_ADDRESS = re.compile(r"\s{0,4}>\s{0,4}[^\s>:：][^>:：]{0,40}[:：]\s*$")


def closes_address(begun: str, line: str) -> bool:
    """Whether a line like "> wrote:" only closes the "<" of the address before it, and quotes nothing."""
    return begun.count("<") > begun.count(">") and _CLOSES_ADDRESS.match(line) is not None
