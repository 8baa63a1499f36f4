"""What a delivery report says: which mail came back, for good or only for now, and why.

RFC 3464 has fields for it. What qmail, Exim and large providers wrote before it, and still write, is plain text with
the returned mail below; there the words decide.
"""

import re
from collections.abc import Iterator

from tipline.core.arrival import DeliveryReport
from tipline.mail import headers
from tipline.mail.structure import Part

MAX_TEXT = 60_000  # characters of a report's own words; what it returns stands behind them
MAX_IDS = 20
MAX_GROUPS = 200  # recipients of one report

_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_PARTS = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers",
                   "message/global-headers")  # fmt: skip
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_FAILED_CODE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_MESSAGE_ID = re.compile(r"^[>| \t]{0,10}message-id:\s{0,10}<([^<>\s]{3,250})>", re.IGNORECASE | re.MULTILINE)
_STILL_TRIED = re.compile(
    r"\bdelayed\b|not yet been delivered|has not been delivered yet|will (?:be )?(?:retr|tr)(?:y|ied|ying)|"
    r"(?:keep|still|continue[sd]?(?: to)?) try(?:ing)?\b|delivery attempts will continue|no action is required|"
    r"warning message only|you do not need to resend|verzögert|延迟|仍在尝试|将继续尝试|遅延",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"permanent|giv(?:en|ing) up|gave up|undeliverable|无法投递|投递失败|退信|配信できません", re.IGNORECASE
)


def read(parts: list[Part], text: str, subject: str) -> DeliveryReport:
    """The report of a mail that is known to be one. Several recipients: the worst that became of any."""
    own = text[:MAX_TEXT]
    returned = tuple(dict.fromkeys([*_returned(parts), *_MESSAGE_ID.findall(own)]))[:MAX_IDS]
    groups = [group for part in parts if part.content_type in _STATUS_PARTS for group in _groups(part.content)]
    said = sorted((_of_group(group) for group in groups if "action" in group), key=lambda one: one[0] != "failed")
    if said:
        action, status = said[0]
        return DeliveryReport(action, status, returned)
    code = _FAILED_CODE.search(own)
    delayed = _STILL_TRIED.search(f"{subject}\n{own[:4000]}") is not None and not _GIVEN_UP.search(own[:4000])
    return DeliveryReport("delayed" if delayed else "failed", code[1] if code else "", returned)


def _groups(content: bytes) -> Iterator[dict[str, list[bytes]]]:
    """The blocks of fields of a delivery-status part: one about the message, then one for each recipient."""
    content = content.replace(b"\r\n", b"\n")
    at = 0
    for _ in range(MAX_GROUPS):
        while content.startswith(b"\n", at):
            at += 1
        fields, after, _whole = headers.block(content, at)
        if not fields or after <= at:
            return
        yield fields
        at = after


def _of_group(group: dict[str, list[bytes]]) -> tuple[str, str]:
    action = headers.text(headers.first(group, "action")[:200]).split(" ")[0].lower()
    code = _CODE.search(headers.text(headers.first(group, "status")[:200]))
    code = code or _CODE.search(headers.text(headers.first(group, "diagnostic-code")[:2000]))
    return "delayed" if action in ("delayed", "relayed", "delivered", "expanded") else "failed", code[1] if code else ""


def _returned(parts: list[Part]) -> Iterator[str]:
    """The Message-IDs of what is enclosed, whole or only its headers."""
    for part in parts:
        if part.content_type in _RETURNED_PARTS:
            fields, _, _ = headers.block(part.content.lstrip(b"\r\n"), 0)
            if found := headers.message_id(headers.first(fields, "message-id")):
                yield found
