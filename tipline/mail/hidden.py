"""Which elements of HTML mail programs do not show: the preheaders of newsletters, above all.

What stands on the element itself counts, and what a style sheet says of its class or id (`stylesheets.py`). A zero font
size hides only what sets no size of its own: layouts put it on a table to lose the gaps between its cells.
"""

import re

_LONGEST = 2000  # characters of one style
_ZERO = r"0*(?:\.0*)?(?:px|pt|em|rem|ex|ch|%|cm|mm|in|pc|vh|vw)?"
_END = r"\s*(?:!\s*important\s*)?(?:;|$)"
_BEGIN = r"(?:^|;)\s*"
_NOT_SHOWN = re.compile(
    rf"{_BEGIN}(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all"
    rf"|opacity\s*:\s*0*(?:\.0*)?%?|max-(?:height|width)\s*:\s*{_ZERO}){_END}",
    re.IGNORECASE,
)
_NO_SIZE = re.compile(rf"{_BEGIN}(?:height|width)\s*:\s*{_ZERO}{_END}", re.IGNORECASE)
_CUT_OFF = re.compile(rf"{_BEGIN}overflow(?:-[xy])?\s*:\s*(?:hidden|clip){_END}", re.IGNORECASE)
_NO_LETTERS = re.compile(rf"{_BEGIN}(?:font-size|line-height)\s*:\s*{_ZERO}{_END}", re.IGNORECASE)
_LIFTED = re.compile(rf"{_BEGIN}position\s*:\s*(?:absolute|fixed){_END}", re.IGNORECASE)
_FAR = r"-\s*\d{3,}(?:\.\d*)?(?:px|pt|em|rem|%|vw|vh)?"
_AWAY = re.compile(rf"{_BEGIN}(?:left|top|right|bottom)\s*:\s*{_FAR}{_END}", re.IGNORECASE)
_PUSHED_OUT = re.compile(rf"{_BEGIN}text-indent\s*:\s*{_FAR}{_END}", re.IGNORECASE)
_SIZE = re.compile(rf"{_BEGIN}(?:font(?:-size)?|line-height)\s*:(?!\s*{_ZERO}{_END})", re.IGNORECASE)


def is_hidden(style: str, *, attribute: bool = False) -> bool:
    """Whether an element of this style is not shown, whatever stands in it. `attribute`: it is marked `hidden`."""
    if not style:
        return attribute
    style = style[:_LONGEST]
    if attribute or _NOT_SHOWN.search(style) or _PUSHED_OUT.search(style):
        return True
    if _NO_SIZE.search(style) and _CUT_OFF.search(style):
        return True
    return _LIFTED.search(style) is not None and _AWAY.search(style) is not None


def has_no_letters(style: str) -> bool:
    """Whether what stands in an element of this style has no height, unless it sets a size of its own."""
    return _NO_LETTERS.search(style[:_LONGEST]) is not None


def sets_size(style: str) -> bool:
    """Whether an element of this style shows what stands in it at a size of its own."""
    return _SIZE.search(style[:_LONGEST]) is not None
