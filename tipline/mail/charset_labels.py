"""Charset labels as mails write them, and the codec that each means."""

import codecs
import re
from functools import lru_cache

# Labels that programs write for something wider or other than the standard says, or that Python does not know.
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows936": "gb18030",
    "xgbk": "gb18030",
    "euccn": "gb18030",
    "gb231280": "gb18030",
    "csgb2312": "gb18030",
    "chinese": "gb18030",
    "gb": "gb18030",
    "latin1": "cp1252",
    "iso88591": "cp1252",
    "88591": "cp1252",
    "l1": "cp1252",
    "ansi": "cp1252",
    "usascii": "cp1252",
    "ascii": "cp1252",
    "ansix341968": "cp1252",
    "iso88599": "cp1254",
    "iso885911": "cp874",
    "tis620": "cp874",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "kscp949": "cp949",
    "euckr": "cp949",
    "uhc": "cp949",
    "windows949": "cp949",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "xsjis": "cp932",
    "windows31j": "cp932",
    "mskanji": "cp932",
    "iso2022jp": "iso2022_jp_ext",
    "iso2022jpms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "iso2022cn": "iso2022_cn",
    "big5": "big5hkscs",
    "xxbig5": "big5hkscs",
    "cnbig5": "big5hkscs",
    "big5eten": "cp950",
    "hzgb2312": "hz",
    "iso88598i": "iso8859_8",
    "iso88598e": "iso8859_8",
    "iso88596i": "iso8859_6",
    "xmaccyrillic": "mac_cyrillic",
    "macintosh": "mac_roman",
    "xmacroman": "mac_roman",
    "unicode11utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf": "utf-8",
    "unicode": "utf-16",
    "ucs2": "utf-16-be",
    "iso10646ucs2": "utf-16-be",
    "cp1252": "cp1252",
}
_NOT_TEXT = frozenset(
    (
        "base64",
        "bz2",
        "hex",
        "quopri",
        "rot_13",
        "uu",
        "zlib",
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
    )
)
_JUNK = re.compile(r"[^a-z0-9]")


@lru_cache(maxsize=256)
def codec(label: str) -> str:
    """The Python codec for a charset label as mails write it; "" where there is none."""
    label = label.strip().strip("\"'").lower().split("*", 1)[0]
    if not label or len(label) > 60:
        return ""
    squeezed = _JUNK.sub("", label).removeprefix("charset")
    name = _ALIASES.get(squeezed) or _ALIASES.get(squeezed.removeprefix("x")) or label
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        match = re.fullmatch(r"(?:x?windows|win|x?cp|ibm|ms|ansi)(\d{3,4})\w?", squeezed)
        try:
            found = codecs.lookup(f"cp{match[1]}").name if match else codecs.lookup(squeezed).name
        except (LookupError, ValueError):
            return ""
    return "" if found.replace("-", "_") in _NOT_TEXT else found
