"""A cheap guess at the language of a story, for filters, fonts and the language of the answer; and which of the
languages that we have its writer reads best.

The script decides where it can; a few letters decide between languages that share one, and very common words between
those that are written in Latin letters. Where little speaks for any, nothing is said: a wrong font is worse than none.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter

_TRADITIONAL = {"tw", "hk", "mo", "hant"}  # how tags say that Chinese is written in traditional characters
MAX_CHARACTERS = 8000  # characters that are looked at
_LINK = re.compile(r"https?://\S{1,500}|\S{1,80}@\S{1,80}")
_WORD = re.compile(r"[^\W\d_]+")

# Scripts by their first and last character, and the language where it is alone.
_SCRIPTS = (
    ("latin", "A", "z"),
    ("latin", "\u00c0", "\u024f"),
    ("el", "\u0370", "\u03ff"),
    ("cyrillic", "\u0400", "\u052f"),
    ("hy", "\u0530", "\u058f"),
    ("he", "\u0590", "\u05ff"),
    ("arabic", "\u0600", "\u077f"),
    ("hi", "\u0900", "\u097f"),
    ("bn", "\u0980", "\u09ff"),
    ("ta", "\u0b80", "\u0bff"),
    ("th", "\u0e00", "\u0e7f"),
    ("lo", "\u0e80", "\u0eff"),
    ("bo", "\u0f00", "\u0fff"),
    ("my", "\u1000", "\u109f"),
    ("ka", "\u10a0", "\u10ff"),
    ("km", "\u1780", "\u17ff"),
    ("mn", "\u1800", "\u18af"),
    ("latin", "\u1e00", "\u1eff"),
    ("kana", "\u3041", "\u30ff"),
    ("han", "\u3400", "\u9fff"),
    ("hangul", "\uac00", "\ud7a3"),
    ("arabic", "\ufb50", "\ufefc"),
    ("han", "\U00020000", "\U0003134f"),
)
# Letters that only one language of a script has (of those that are told apart here); the rest is the last one.
_CYRILLIC = (("kk", "әғқңұһ"), ("mn", "өү"), ("uk", "іїєґ"), ("be", "ў"), ("sr", "ђјљњћџ"), ("ru", ""))
_ARABIC = (("ug", "ېۇۆۈڭ"), ("ur", "ٹڈڑںے"), ("fa", "پچژگ"), ("ar", ""))
_CANTONESE = frozenset("唔咗喺嘅冇啲佢哋嚟嗰乜")  # written in Hong Kong, mostly; half of them are in GB 2312 too
_WORDS = {
    "en": "the and to of in is was for that it you we my with on have be are this not from at your but had been they "
    "our can please help thanks thank hello am stuck i me no he she his her what when who there will would here "
    "yes any still waiting sent back home or so",
    "de": "der die und das ist nicht ich zu den mit ein eine auf für im dem von sie es auch wir hat sich danke bitte "
    "hallo bin war mein meine wie aber noch nach haben sind uns in",
    "fr": "le la les et est je de des un une que pour dans ne pas vous nous avec se mon ma mes sur au du il elle qui "
    "merci bonjour suis à ce en plus ont été",
    "es": "el los las y no es en por con para una que de la lo se del al mi su estoy gracias hola yo más pero muy "
    "como me un todo está",
    "pt": "os não uma em com que de do da para por eu estou obrigado obrigada meu minha mais no na um é muito você "
    "posso são e o a",
    "it": "il di che non per sono una con del della mi grazie è ciao anche gli nel alla le la un ho da come mio mia "
    "più e si siamo al con due ma dal tutti senza",
    "nl": "het een van ik niet dat op zijn de en is voor aan maar bedankt dank hallo kan mijn wij ook naar met te hier "
    "heb ben",
    "sv": "och att är det som inte på jag för med till av en ett den kan tack hej min har vi om från kommer",
    "da": "og at er det ikke på jeg til af en et den kan tak hej min har vi fra med for som efter mig også",
    "no": "og at er det ikke på jeg til av en et den kan takk hei min har vi fra med for som etter meg også",
    "fi": "ja on ei että hän minä se olen kiitos hei mutta kun voi ole minun olemme täällä",
    "pl": "się nie jest na że do w z i to jak za od po dziękuję jestem mam moja moje mogę czy tak ale",
    "cs": "je se na že do v z a to jak za od po nejsem jsem děkuji mám moje ale nemohu jsme si",
    "tr": "ve bir bu için ben de da ne çok teşekkürler teşekkür merhaba değil var benim gibi ile ama daha",
    "vi": "tôi không và là của có cho một được này ở người các với đã xin chào cảm ơn chúng những",
    "id": "yang dan di untuk dengan tidak saya ini itu dari pada terima kasih kami adalah bisa tolong ke sudah",
    "ro": "și nu este în la cu pe care un o să mulțumesc sunt din pentru am mea meu dar",
    "hu": "és a az nem hogy van egy de is meg köszönöm én csak itt már vagyok kell ez",
}
_MARKS = {
    "de": "ß",
    "fr": "œùêë",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "no": "",
    "pl": "ąęłńśźż",
    "cs": "ěřů",
    "tr": "ğış",
    "vi": "ơưđăạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "ro": "șțţă",
    "hu": "őű",
}


def _languages_of(table: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for code, items in table.items():
        for item in items:
            found.setdefault(item, []).append(code)
    return {item: tuple(codes) for item, codes in found.items()}


_BY_WORD = _languages_of({code: words.split() for code, words in _WORDS.items()})
_BY_MARK = _languages_of({code: list(letters) for code, letters in _MARKS.items()})


def nearest(tag: str, offered: Sequence[str]) -> str:
    """The offered code that a tag's reader reads best: "zh-TW" is zh_Hant, and zh_Hans where that is all there is.

    "" where none is of that language.
    """
    parts = tag.replace("_", "-").lower().split("-")
    wanted = parts[0]
    if wanted == "zh":
        wanted = "zh_Hant" if _TRADITIONAL & set(parts) else "zh_Hans"
    for matches in (
        lambda code: code.lower() == "_".join(parts),
        lambda code: code == wanted,
        lambda code: code.partition("_")[0] == parts[0],
    ):
        if found := next(filter(matches, offered), ""):
            return found
    return ""


def guess(text: str) -> str:
    """A BCP 47 tag ("en", "zh-Hans", "zh-Hant", "ja", "ko", "ru", "de" …), or "" where it is too short to tell, or in
    a language that is not known here."""
    text = _LINK.sub(" ", text[:MAX_CHARACTERS])
    counts = _scripts(text)
    han, kana, hangul, latin = (counts.pop(script, 0) for script in ("han", "kana", "hangul", "latin"))
    asian = han + kana + hangul
    other, most = max(counts.items(), key=lambda item: item[1], default=("", 0))
    # One Han character carries about as much as three Latin letters.
    if asian >= 2 and asian * 3 >= latin and asian * 3 >= most:
        if hangul * 2 > asian:
            return "ko"
        return "ja" if kana * 8 > asian else _chinese(text)
    if most >= 3 and most > latin:
        if other == "cyrillic":
            return _by_letters(text, most, _CYRILLIC)
        return _by_letters(text, most, _ARABIC) if other == "arabic" else other
    return _latin(text)


def _scripts(text: str) -> Counter[str]:
    """How many letters there are of each script."""
    counts: Counter[str] = Counter()
    for char, times in Counter(text).items():
        if char.isalpha() and (script := _script(char)):
            counts[script] += times
    return counts


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return next((script for script, first, last in _SCRIPTS if first <= char <= last), "")


def _by_letters(text: str, letters: int, table: tuple[tuple[str, str], ...]) -> str:
    lower = text.lower()
    for code, own in table:
        if own and sum(lower.count(letter) for letter in own) * 50 > letters:
            return code
    return table[-1][0]


def _chinese(text: str) -> str:
    forms = Counter(_form(char) for char in text if char > "\u33ff")
    cantonese = not forms["s"] and not _CANTONESE.isdisjoint(text)
    return "zh-Hant" if cantonese or forms["t"] > forms["s"] else "zh-Hans"


@lru_cache(maxsize=8192)
def _form(char: str) -> str:
    """ "s" for a character that only simplified texts have, "t" for one that only traditional ones have: what one of
    the two old national charsets (GB 2312, Big5 with Hong Kong's) knows and the other does not."""
    mainland = _is_in(char, "gb2312")
    if mainland:
        return "" if _is_in(char, "big5") else "s"
    return "t" if _is_in(char, "big5hkscs") else ""


def _is_in(char: str, charset: str) -> bool:
    try:
        return bool(char.encode(charset))
    except UnicodeEncodeError:
        return False


def _latin(text: str) -> str:
    """By common words, each counting the less the more languages have it, and by letters that few languages have."""
    lower = text.lower()
    words = _WORD.findall(lower)[:1000]
    scores: dict[str, float] = {}
    for table, found in ((_BY_WORD, Counter(words)), (_BY_MARK, Counter(lower))):
        for one in found.keys() & table.keys():
            for code in table[one]:
                scores[code] = scores.get(code, 0) + found[one] / len(table[one])
    best = sorted(scores.items(), key=itemgetter(1), reverse=True)[:2]
    if not best:
        return ""
    (code, score), second = best[0], best[1][1] if len(best) > 1 else 0
    if len(words) > 8 and score * 14 < len(words):
        return ""
    return code if score >= 0.9 and score >= 1.2 * second else ""
