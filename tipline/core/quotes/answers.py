"""What a reader answers by mail, or as a message on their page, about a quote that they were sent.

One word counts, above or below what came along: a yes only where nothing else is said, since "yes, but" is none. What
is not certain changes nothing and is shown to a reporter.
"""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import days, vault
from tipline.core.arrival import Arrival, Automatic, Part, Source
from tipline.core.consent import consent_by_mail
from tipline.core.quotes import requests
from tipline.models import ActorKind, Message, Quote, QuoteAnswer, QuoteRequest, Tip

YES = (
    "yes|yes please|ok|okay|approved|i approve|i agree|agreed|fine|that'?s fine|go ahead|correct|"
    "是|是的|好|好的|可以|同意|我同意|行|没问题|沒問題|ja|oui|d'accord|sí|si|de acuerdo|sim|да|نعم|はい|예|네|có|так|"
    "evet|ya|हाँ"
)
NO = (
    "no|no thanks|no thank you|nope|don'?t|do not|不|不行|不要|不可以|不同意|我不同意|否|nein|non|não|нет|لا|いいえ|"
    "아니요|không|ні|hayır|tidak|नहीं"
)
CHANGE = (
    "change|changes|please change|修改|更改|改|需要修改|ändern|änderung|changer|modifier|cambiar|mudar|изменить|تغيير|"
    "変更|수정"
)
_ONE = {
    answer: re.compile(rf"(?:{words})[\s.!。！]*", re.IGNORECASE)
    for answer, words in ((QuoteAnswer.YES, YES), (QuoteAnswer.CHANGE, CHANGE), (QuoteAnswer.NO, NO))
}
_FIRST = {
    answer: re.compile(rf"(?:{words})(?=[\s,.;:!?，。；：！？、—–-]|$)", re.IGNORECASE)
    for answer, words in ((QuoteAnswer.CHANGE, CHANGE), (QuoteAnswer.NO, NO))
}
# A line of courtesy, with a name at most.
COURTESY = re.compile(
    r"(?:(?:dear|hi|hello|hey|bonjour|hallo|hola)(?:\s+[\w.]+){0,4}"
    r"|(?:many )?(?:thanks|thank you)(?: again| (?:very|so) much)?"
    r"|(?:(?:all the |my )?best|kind|warm)?\s*(?:wishes|regards)|all the best|best|cheers|sincerely|yours(?: \w+)?"
    r"|(?:尊敬的|亲爱的|親愛的)?\w{0,8}(?:您好|你好)|谢谢您?|謝謝您?|此致|敬礼|敬禮)[\s,.!:，。！：]*",
    re.IGNORECASE,
)
MAX_NAME = 30  # characters of a line that may be a name under an answer


def note(session: Session, tip: Tip, arrival: Arrival, message_id: int) -> None:
    """What a message of the reader's says of a quote that they were asked about. The caller has filed the message.

    A mail that no server vouches for approves nothing: whoever has an old mail of ours may have written it.
    """
    if arrival.automatic is not Automatic.NO or arrival.source not in (Source.MAIL, Source.PAGE):
        return
    waiting = requests.open_of(session, tip)
    if not waiting:
        return
    meant = _meant(session, arrival, waiting)
    answer = read(_own_lines(arrival))
    doubtful = arrival.source is Source.MAIL and arrival.sender_confirmed is not True
    if meant is None or answer is None or (answer is QuoteAnswer.YES and doubtful):
        for _, request in [meant] if meant else waiting:
            request.unclear_id = message_id
            session.add(request)
        session.flush()
        return
    row, request = meant
    requests.settle(session, row, tip, request, answer, ActorKind.READER, days.today(session), message_id)


def read(lines: Sequence[str]) -> QuoteAnswer | None:
    """What the lines that a reader wrote say; None where that is not certain."""
    own = [consent_by_mail.polite(line) for line in lines if line.strip() and not COURTESY.fullmatch(line.strip())]
    said = {answer for line in own if (answer := _whole(line))}
    others = [line for line in own if not _whole(line)]
    if len(said) == 1:
        [answer] = said
        # A name may stand under a yes; anything else may take it back.
        names_only = len(others) <= 1 and all(_may_be_name(line) for line in others)
        return answer if answer is not QuoteAnswer.YES or names_only else None
    if not said and own:
        return next((answer for answer, words in _FIRST.items() if words.match(_plain(own[0]))), None)
    return None


def _whole(line: str) -> QuoteAnswer | None:
    return next((answer for answer, words in _ONE.items() if words.fullmatch(_plain(line))), None)


def _plain(line: str) -> str:
    """A line without quotation marks and brackets around it, its signs in one form."""
    return unicodedata.normalize("NFKC", line).replace("’", "'").strip(" \t\"'“”«»「」[]()*_-–—")


def _may_be_name(line: str) -> bool:
    return len(line) <= MAX_NAME and len(line.split()) <= 4 and not re.search(r"[\d,;:?，；：？]", line)


def _own_lines(arrival: Arrival) -> list[str]:
    """What the reader wrote, line by line: of a mail that answers another what stands among their own words."""
    if arrival.lines:
        return [line.text for line in arrival.lines if line.part is Part.NEW]
    return arrival.text.splitlines()


def _meant(
    session: Session, arrival: Arrival, waiting: Sequence[tuple[Quote, QuoteRequest]]
) -> tuple[Quote, QuoteRequest] | None:
    """Which question a message answers: the one whose mail it replies to, else the only one there is."""
    named = arrival.headers.in_reply_to if arrival.headers else ()
    hashes = [vault.master(session).lookup_hash("message-id", one) for one in named]
    if hashes:
        ours = set(session.scalars(select(col(Message.id)).where(col(Message.message_id_hash).in_(hashes))))
        found = [one for one in waiting if one[1].message_id in ours]
        if len(found) == 1:
            return found[0]
    return waiting[0] if len(waiting) == 1 else None
