"""How likely a text is the right reading of bytes in some charset: by the letters that its languages use most.

A right decoding is full of common letters; a wrong one has hardly any, or has them where no word does.
"""

import re
from itertools import pairwise

_HANS = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用"
    "道行所然家种事成方多经么去法学如"
    "都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工"
    "使情明性知全三又关点正业外将两"
    "高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度"
    "门任常先海通教儿原东声提立及比"
    "员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件"
    "计管期市直德资命山金指克许统"
    "区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北"
    "边死张该交规万取拉格望觉术领"
    "共确传师观清今切院让识候带导争运请您邮箱件附收谢回复写封城港返航班航空签证隔离疫情"
)
_HANT = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用"
    "道行所然家種事成方多經麼去法學如"
    "都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工"
    "使情明性知全三又關點正業外將兩"
    "高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度"
    "門任常先海通教兒原東聲提立及比"
    "員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件"
    "計管期市直德資命山金指克許統"
    "區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北"
    "邊死張該交規萬取拉格望覺術領"
    "共確傳師觀清今切院讓識候帶導爭運請您郵箱件附收謝回覆寫封城港返航班航空簽證隔離疫情測試"
)
_KO = frozenset(
    "이다는의에을를가고하지은한로기서도사리인대어자시나해정그수일아있니보게안부요습합제으주라면여것들입세오"
)
_RU = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ")
_RU_COMMON = frozenset("оеаинтсрвл")
_RU_VOWELS = frozenset("аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ")
_AR_COMMON = frozenset("اليمنوترسبعدهةكفقحأجىشطصخإضذغ")
_ARABIC_TOO = "،؛؟ـءآپچژگکں\u200c\u200d\xa0«»“”‘’–—…\u064b\u064e\u064f\u0650\u0651\u0652"
_SIGNS = frozenset("\xa0«»“”‘’„–—…·•€£§°©®™")
_GREEK_VOWELS = frozenset("αεηιουωάέήίόύώϊϋΐΰΑΕΗΙΟΥΩΆΈΉΊΌΎΏ")
_GREEK_RARE = "ΐΰΪΫ"
_HEBREW_COMMON = frozenset("יוהלאמתברשםנ")
_HEBREW_LAST = re.compile(
    "[ךםןףץ](?=[\u05b0-\u05bc\u05c1\u05c2]*[א-ת])|[כמנפצ](?![\u05b0-\u05bc\u05c1\u05c2]*[א-ת\"'׳״])"
)
_BEYOND = re.compile(rb"[\x00-\x7f\x80\x85\x91-\x97\xa0\xab\xbb]")  # and the signs that all of Windows' have
_TR_OWN = frozenset("ğışİŞĞ".encode("cp1254"))
_TR = frozenset("ğışİŞĞçöüÇÖÜâîûÂÎÛ".encode("cp1254"))
_WESTERN = frozenset("éèêëàâäáãåæçíìîïñóòôöõøœúùûüßÉÈÀÄÅÆÇÍÓÖÔØÚÜŒ«»“”„‘’‚–—…€£§°¿¡ºª·©®™•\xa0")


def score(text: str, name: str) -> float:
    """About 1 where `text`, decoded as the codec `name`, reads like a language of that charset; 0 or less where not."""
    letters = [char for char in text if char > "\x7f"]
    if not letters:
        return 0.0
    if name in ("koi8_r", "cp1251", "cp866", "iso8859_5"):
        return _cyrillic(letters, text)
    if name in ("cp1256", "iso8859_6"):
        return _arabic(letters, text)
    if name == "cp1255":
        return _hebrew(letters, text)
    if name in ("cp1253", "iso8859_7"):
        return _greek(letters, text)
    if name == "cp949":
        return sum(char in _KO for char in letters) / len(letters) * 1.4
    if name in ("cp932", "euc_jp"):
        kana = sum("\u3041" <= char <= "\u30fe" for char in letters)
        halfwidth = sum("\uff61" <= char <= "\uff9f" for char in letters)
        return (kana - halfwidth) / len(letters) * 1.5
    table = _HANT if name == "big5hkscs" else _HANS
    private = sum("\ue000" <= char <= "\uf8ff" for char in letters)
    common: float = sum(char in table or char in "，。！？、：“”；（）" for char in letters)
    return (common - private) / len(letters)


def _cyrillic(letters: list[str], text: str) -> float:
    strange = sum(not "Ё" <= char <= "ё" and char not in "«»—–№“”„…" for char in letters)
    right = sum(char in _RU for char in letters) + sum(char in _RU_COMMON for char in letters) * 0.3
    upper = sum("А" <= char <= "Я" for char in letters)
    # Read as the wrong one of KOI8-R and Windows-1251, text is nearly all capitals, or has them inside words.
    inside = sum(1 for a, b in pairwise(text) if a in _RU and "А" <= b <= "Я")
    # Accents in a Latin text stand next to Latin letters; no Cyrillic word has any.
    mixed = _beside_latin(text)
    if not right or len(letters) < 2:  # "à" stands alone in French
        return 0.0
    bare = len(letters) > 5 and sum(char in _RU_VOWELS for char in letters) < 0.15 * len(letters)  # as of Hebrew
    return max(0.0, (right + 0.4 * upper - 1.5 * inside - 2 * strange - mixed) / len(letters)) * (0.6 if bare else 1)


def _arabic(letters: list[str], text: str) -> float:
    """Russian, read as Windows-1256, is full of French accents and vowel signs; Swedish has Arabic letters in words."""
    strange = sum(not ("\u0621" <= char <= "\u064a" or char in _ARABIC_TOO) for char in letters)
    common = sum(char in _AR_COMMON for char in letters)
    mixed = _beside_latin(text)
    return max(0.0, (0.3 * len(letters) + 0.7 * common - 3 * strange - 3 * mixed) / len(letters)) if common > 3 else 0.0


def _hebrew(letters: list[str], text: str) -> float:
    """Five letters have a form of their own at the end of words. Another language has those bytes anywhere."""
    strange = sum(not ("\u05b0" <= char <= "\u05f4" or char in _SIGNS or char in "₪\u200e\u200f") for char in letters)
    hebrew = sum("א" <= char <= "ת" for char in letters)
    if hebrew < max(4, 0.4 * len(letters)):
        return 0.0
    common = sum(char in _HEBREW_COMMON for char in letters) / hebrew
    misplaced = len(_HEBREW_LAST.findall(text))
    return max(0.0, 0.5 + 0.95 * common - (3 * strange + 2 * misplaced + 3 * _beside_latin(text)) / len(letters))


def _greek(letters: list[str], text: str) -> float:
    """Nearly every second letter is a vowel, and the small sigma has a form of its own at the end of words. Russian in
    KOI8-R has most of its letters where Greek has the same ones as capitals: a few capitals prove nothing."""
    greek = [char for char in letters if "Ά" <= char <= "ώ"]
    vowels = sum(char in _GREEK_VOWELS for char in greek)
    if len(greek) < max(4, 0.7 * len(letters)) or not 0.36 <= vowels / len(greek) <= 0.65:
        return 0.0
    capitals = all(char.isupper() for char in greek)
    rare = _GREEK_RARE + "Ξ" if capitals else _GREEK_RARE
    strange = sum(char in rare or not ("Ά" <= char <= "ώ" or char in _SIGNS) for char in letters)
    misplaced = sum(1 for a, b in pairwise(text + " ") if a == "σ" and not b.isalpha() and b not in "'’")
    misplaced += sum(1 for a, b in pairwise(text) if b.isalpha() and (a == "ς" or (a.islower() and b.isupper())))
    right = 0.9 if capitals and len(greek) < 20 else 1.25
    return max(0.0, right - (3 * strange + 2 * misplaced + 3 * _beside_latin(text)) / len(letters))


def western(text: str) -> bool:
    """Whether all beyond ASCII is what French, German, Spanish and their neighbours are written with."""
    beyond = [char for char in text if char > "\x7f"]
    return sum(char in _WESTERN for char in beyond) >= 0.95 * len(beyond)


def turkish(sample: bytes) -> bool:
    """Whether all beyond ASCII is what Turkish is written with, much of it where Latin-1 has Icelandic letters. No
    Icelandic text does without á, í and ó."""
    beyond = _BEYOND.sub(b"", sample)
    own = sum(byte in _TR_OWN for byte in beyond)
    return own >= 4 and own >= len(beyond) * 0.25 and sum(byte in _TR for byte in beyond) >= len(beyond) * 0.98


def _beside_latin(text: str) -> int:
    return sum(1 for a, b in pairwise(text) if (a > "\x7f") != (b > "\x7f") and _is_latin(a if a < b else b))


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalpha()
