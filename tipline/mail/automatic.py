"""Mail that no person wrote: automatic replies (RFC 3834), delivery reports (RFC 3464), lists (RFC 2369).

Headers first; subjects and texts only where a machine's sender makes them credible, since people write
"Re: out of office?" too.
"""

import re
from collections.abc import Mapping

from tipline.core.arrival import Automatic

_BOUNCE_SENDER = re.compile(
    r"(?:^|[<\s\"'.])(?:mailer[-_ ]?daemon|mail[-_ ]?daemon|mail delivery (?:subsystem|system)|"
    r"mdaemon|mail administrator|mailadmin|mail-master|mail_system|bounce[sd]?|mailerdaemon|"
    r"maildeliverysystem|double-bounce|"
    r"internet mail delivery|microsoft ?outlook|microsoftexchange[0-9a-f]*)(?:[@>\s\"'.+\-]|$)"
    # "Postmaster Ann <ann.postmaster@…>" is a person; the whole name or the whole address makes the machine.
    r"|^\W*postmaster\W*(?:<|$)|(?:^|[<\s])postmaster@",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"^\W*(?:undeliver(?:able|ed)|undelivered mail returned to sender|mail delivery (?:failed|failure|"
    r"problem|status|system|error)|delivery (?:status notification|failure|notification|"
    r"has failed|report|problem|delayed)|(?:mail|message) (?:could not be|was not) delivered|returned mail|"
    r"returned to sender|failure notice|failed mail|mail (?:system )?(?:error|failure)|message (?:delayed|"
    r"you sent blocked|delivery failure)|"
    r"(?:warning|notice)\s*: (?:could not send|message|e-?mail)|non[- ]?delivery|nondeliverable|"
    r"delayed mail|delayed:|failed to deliver|rejected(?: |:)|user unknown|"
    r"mail could not be delivered|could not deliver|unable to deliver|permanent delivery failure|"
    r"email not delivered|message status|server error|error sending|bounce|"
    r"unzustellbar|zustellungsfehler|nachricht nicht zugestellt|nicht zustellbar|non remis|non distribuable|"
    r"échec de (?:la )?remise|avis de non-remise|courrier non remis|notification d'état|"
    r"mancato recapito|non recapitabile|impossibile recapitare|no se puede entregar|no entregado|"
    r"error de entrega|devolución de correo|não entregue|falha na entrega|falha de entrega|"
    r"não é possível entregar|"
    r"onbestelbaar|niet bezorgd|nie można dostarczyć|niedostarczalne|zwrot|недоставлен|не доставлено|"
    r"не удается доставить|ошибка доставки|недоставленное|"
    r"配信不能|配信できません|エラーメール|送信エラー|メール配信エラー|전송 실패|배달 실패|반송|배달되지 않음|"
    r"系统退信|退信|无法投递|邮件投递失败|投递失败|无法送达|未能送达|未送达|未传递|退件|傳遞失敗|無法傳遞|"
    r"無法投遞|寄送失敗|传递失败|来自 ?\S{0,40} ?的退信|邮件发送失败|olevererbar|kunde inte levereras|"
    r"kan inte levereras|ikke leveres|leveringsfeil|levering mislykkedes|ei voitu toimittaa|"
    r"teslim edilemedi|nedoručitelná)",
    re.IGNORECASE,
)
_BOUNCE_TEXT = re.compile(
    r"this (?:report|message|e-?mail) (?:relates to a message you sent|was created automatically by mail)|"
    r"this is (?:the|an?) (?:qmail-send|mail system|mail delivery|delivery|"
    r"automatically[- ]generated delivery|postfix|permanent|automated (?:delivery|non))|"
    r"i(?:'m| am) (?:sorry|afraid),? (?:to have to inform you that your message could not|"
    r"i wasn't able to deliver)|hi\. this is the|"
    r"could not be delivered|couldn't be delivered|was not delivered|wasn't delivered|"
    r"has not been delivered|(?:delivery|message) (?:to the following|has failed|failed|could not)|"
    r"were? unable to (?:deliver|be delivered)|unable to deliver|undeliverable|undelivered|"
    r"the following (?:address|recipient|message|destination)|"
    r"recipient(?:'s)? (?:address|mailbox)|mailbox (?:unavailable|full|is full|not found|does not exist|"
    r"quota)|user unknown|unknown user|no such (?:user|mailbox|recipient)|"
    r"permanent(?:ly)? (?:fatal )?(?:error|failure)|"
    r"transcript of session follows|diagnostic[- ]code|final-recipient|reporting-mta|remote host said|"
    r"(?:smtp|remote server) (?:error|said|response|reply)|\b[45]\.\d\.\d{1,3}\b|\b55[0-4][ \-]|"
    r"无法投递|投递失败|退回|退信|未能送达|无法送达|不存在|無法傳遞|無法投遞|配信できません|"
    r"お届けできません|送信できません|존재하지|전달되지|"
    r"not a valid (?:user|recipient|mailbox|address)|could not deliver|(?:konnte|kann) nicht zugestellt|unzustellbar|"
    r"n'a pas pu [êe]tre (?:remis|délivré|delivr|distribué|livré)|(?:ha|pudo) (?:podido )?(?:ser )?entrega[rd]|"
    r"n[ãa]o (?:p[ôo]de|foi poss[íi]vel) (?:ser )?entreg|possibile (?:recapitare|consegnare)|"
    r"niet (?:worden )?(?:bezorgd|afgeleverd)|(?:nie|się) (?:udało się )?(?:dostarczyć|dostarczono)|"
    r"не может быть доставлено|не (?:было |удалось )доставл?е?[нт]|не доставлено|kunde inte levereras|"
    r"kunne ikke leveres|nelze doručit|teslim edilemedi",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"(?:^|[<\s\"'])mailer-?daemon(?:@|[>\"']|$)", re.IGNORECASE)  # nobody's name
# What a server answered to another, with its code (RFC 3463). People who tell of it have a return path.
_SMTP_ERROR = re.compile(r"(?:^|[\s:(<\[])[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}(?!\d)", re.MULTILINE)
# How a gateway that has no daemon's name begins: what failed, and for whom on the next line.
_FAILED_FOR = re.compile(
    r"(?:[^\n]{1,200}\n){0,2}?[^\n]{0,120}(?:not (?:be )?deliver|undeliver|failed to deliver|unable to deliver)"
    r"[^\n]{0,90}\s{1,9}(?:(?:failed |final )?recipient: ?)?[^\s@]{1,200}@\S",
    re.IGNORECASE,
)
# Phrases that only programs put before the subject they answer.
_SAYS_AUTOMATIC = re.compile(
    r"^\W*(?:auto(?:matic|mated)?[- _]?(?:reply|response|answer|responder|generated)|autoreply|auto(?:matic)? re:|"
    r"auto:|"
    r"out[- ]of[- ](?:the[- ])?office\b(?! ?\?)(?: auto-?reply| reply| message)?|ooo:|"
    r"vacation (?:reply|message|auto)|automatische (?:antwort|reactie)|"
    r"abwesenheits(?:notiz|meldung|nachricht|benachrichtigung|assistent)|réponse automatique|"
    r"(?:message|notification) d'absence|absence du bureau|respuesta autom[áa]tica|resposta autom[áa]tica|"
    r"risposta automatica|"
    r"automatisch antwoord|odpowied[źz] automatyczna|automatyczna odpowied[źz]|автоматический ответ|автоответ|"
    r"автоматична відповідь|自動返信|自動応答|不在通知|자동 ?(?:응답|회신)|부재중 ?(?:응답|알림|메시지)|"
    r"自动(?:回复|答复|应答|回覆)|自動(?:回覆|回復|答覆|應答)|外出自动|休假自动|autosvar|automatisk(?:t)? svar|"
    r"fraværsmelding|automaattinen vastaus|automatick[áa] odpov[ěe][ďd]|otomatik (?:yanıt|cevap)|תשובה אוטומטית|"
    r"מענה אוטומטי|رد تلقائي|الرد التلقائي|automatikus válasz|răspuns automat|αυτόματη απάντηση|trả lời tự động)",
    re.IGNORECASE,
)
# What parts such a phrase from the subject it stands before. "Automatic reply from the embassy" has none, and a bare
# "Out of office" may be what a person calls their story.
_DELIMITED = re.compile(r"[^:：\]】)）]{0,12}[:：\]】)）]")
# Phrases that people use of themselves too: believed only beside a machine's traces. That a mail answers another is
# none: a reader on a journey answers us under a subject of their own.
_SAYS_ABSENT = re.compile(
    r"^\W*(?:away from (?:the |my )?(?:office|mail|e-?mail)|(?:i am |i'm )?on (?:vacation|leave|holiday)|"
    r"holiday notice|"
    r"(?:bin )?abwesend|abwesenheit|nicht im büro|absent|absence|en congés?|fuera de (?:la )?oficina|"
    r"ausente|fora do escrit[óo]rio|aus[êe]ncia|fuori (?:sede|ufficio)|assente|afwezig|niet aanwezig|nieobecn|"
    r"poza biurem|нет на работе|вне офиса|отсутств|不在|外出|休假|出差|부재중|자리비움|frånvaro|fravær|"
    r"ikke (?:til stede|på kontoret)|ej på kontoret|poissa|mimo kancel[áa][řr]|ofis dışında|מחוץ למשרד|خارج المكتب)",
    re.IGNORECASE,
)
_REPLY_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|vs|odp|ynt|回复|回覆|答复|回信|fw|fwd|wg|tr|转发|轉寄)\s*(?:\[\d+\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)
# The words of responders that may come without any header: QQ Mail's, after a forwarding list has cut them off.
_RESPONDER_TEXT = re.compile(r"\s*这是来自QQ邮箱的假期自动回复邮件")
_CHALLENGE = re.compile(
    r"complete the verification process|verify (?:that )?you(?:r(?:self| address| email)| are (?:a |not a ))|"
    r"(?:is being|has been|was) (?:held|waitlisted|quarantined)[^.]{0,120}(?:verif|confirm)|"
    r"release your message for delivery|anti-?spam (?:challenge|confirmation)|prove (?:that )?you are (?:a )?human|"
    r"add yourself to (?:my|the) .{0,30}list|(?:have|get) your address added to|"
    r"发送验证|反垃圾.{0,10}验证",
    re.IGNORECASE,
)
_BOUNCE_JSON = re.compile(
    r'"(?:notification|event)Type"\s*:\s*"(?:Bounce|DeliveryDelay)"'
)  # a sending service's own format
_REPORT_TYPES = ("delivery-status", "delivery-notification")
_VENDOR = re.compile(  # not X-Auto-Response-Suppress, which asks for silence and stands in people's mails too
    r"x-(?:[a-z]{1,20}-)?auto-?(?:reply|respond|respon[ds]er|response|generated)(?:-from)?|x-vacation|x-mail-autoreply"
)
_AUTOMATIC_PRECEDENCE = ("auto_reply", "auto-reply", "autoreply")
_LIST_HEADERS = (
    "list-id",
    "list-unsubscribe",
    "list-post",
    "x-mailman-version",
    "x-campaign-id",
    "x-campaignid",
    "x-mc-user",
    "x-feedback-id",
)

_READ = frozenset(
    ("from", "return-path", "auto-submitted", "precedence", "x-auto-response-suppress", "in-reply-to", "subject")
)

Headers = Mapping[str, str]


def reads(name: str) -> bool:
    """Whether the value of this header field counts; of all others `classify` asks only whether they are there."""
    return name in _READ or _VENDOR.fullmatch(name) is not None


def classify(
    headers: Headers, content_type: str, report_type: str, part_types: tuple[str, ...], text: str, method: str = ""
) -> Automatic:
    """What kind of machine wrote a mail, if any. `headers`: decoded, by lower-case name, the first of each; `method`
    of its calendar part (RFC 6047 2.4)."""
    if is_bounce(headers, content_type, report_type, part_types, text):
        return Automatic.BOUNCE
    if content_type == "multipart/report" or method in ("reply", "counter"):
        return Automatic.REPLY  # a receipt (RFC 8098), a complaint (RFC 5965), an answer to an invitation (RFC 5546)
    if is_auto_reply(headers, text):
        return Automatic.REPLY
    if is_list(headers):
        return Automatic.LIST
    return Automatic.NO


def hints(subject: str) -> bool:
    """Whether a subject may be that of an automatic answer. People write such subjects too: a person decides."""
    return _SAYS_AUTOMATIC.match(subject) is not None or _SAYS_ABSENT.match(subject) is not None


def is_bounce(headers: Headers, content_type: str, report_type: str, part_types: tuple[str, ...], text: str) -> bool:
    """A report that a message was not, or not yet, delivered (RFC 3464, and what came before it)."""
    subject = headers.get("subject", "")
    if content_type == "multipart/report" and report_type in ("disposition-notification", "feedback-report"):
        return "rejected" in headers.get("auto-submitted", "").lower()  # by a filter, as a receipt (RFC 5429 2.2.1)
    sender = headers.get("from", "")
    daemon = _BOUNCE_SENDER.search(sender) is not None or sender.strip() == "<>"
    if not daemon and _CHALLENGE.search(text[:4000]):
        return False  # a challenge that comes in the dress of a report, as Boxbe's
    if "message/delivery-status" in part_types or report_type in _REPORT_TYPES:
        return not _is_success(text)
    if "x-failed-recipients" in headers or headers.get("x-ms-exchange-message-is-ndr") is not None:
        return True
    if text.lstrip()[:1] == "{" and _BOUNCE_JSON.search(text[:2000]):
        return True
    subject_says = _BOUNCE_SUBJECT.match(subject) is not None
    if daemon and not _SAYS_AUTOMATIC.match(subject):
        return subject_says or _text_says(text) or _DAEMON.search(sender) is not None
    if not subject_says:
        answers = "in-reply-to" in headers or _REPLY_PREFIX.match(subject) is not None
        return _null_path(headers) and not answers and _quotes_error(text[:4000])
    if _null_path(headers) or headers.get("auto-submitted", "no").lower().startswith("auto-"):
        return not _SAYS_AUTOMATIC.match(subject) and _text_says(text)
    begins = "in-reply-to" not in headers and _FAILED_FOR.match(text[:4000].lstrip()) is not None
    return _text_says(text) and (begins or _returned(text, part_types))


def _text_says(text: str) -> bool:
    return _BOUNCE_TEXT.search(text[:6000]) is not None


def _quotes_error(text: str) -> bool:
    """Whether a text says with a server's own words whom a mail did not reach."""
    return "@" in text and _SMTP_ERROR.search(text) is not None


def _is_success(text: str) -> bool:
    actions = re.findall(r"^action:\s*([\w-]+)", text[:20_000], re.IGNORECASE | re.MULTILINE)
    return bool(actions) and all(action.lower() in ("delivered", "relayed", "expanded") for action in actions)


def _returned(text: str, part_types: tuple[str, ...]) -> bool:
    """Whether the message that could not be delivered is enclosed, as only machines do it."""
    if "message/rfc822" in part_types or "text/rfc822-headers" in part_types:
        return True
    return (
        re.search(r"^(?:received: |return-path: |message-id: )", text[:60_000], re.IGNORECASE | re.MULTILINE)
        is not None
    )


def is_auto_reply(headers: Headers, text: str = "") -> bool:
    """An automatic answer: RFC 3834's header, vendors' headers, or a known subject without "Re:" before it; or a
    challenge, which asks whoever wrote to prove that they are no machine."""
    submitted = (headers.get("auto-submitted", "").lower().replace(";", " ").split() or [""])[0]
    precedence = headers.get("precedence", "").strip().lower()
    if submitted == "auto-replied" or precedence in _AUTOMATIC_PRECEDENCE:
        return True
    vendors = (value for name, value in headers.items() if name.startswith("x-") and _VENDOR.fullmatch(name))
    if any(value.strip().lower() not in ("no", "false", "0") for value in vendors):
        return True
    subject = headers.get("subject", "")
    if submitted == "no":
        return False
    says = _SAYS_AUTOMATIC.match(subject)
    if (says and (says[0].endswith(":") or _DELIMITED.match(subject, says.end()))) or _RESPONDER_TEXT.match(text):
        return True
    suppress = headers.get("x-auto-response-suppress", "").strip().lower()
    traces = bool(submitted or suppress or precedence in ("bulk", "junk") or _null_path(headers))
    if submitted == "auto-generated" and suppress in ("all", "oof"):
        return True
    if precedence in ("bulk", "junk") and headers.get("return-path", "").strip() == "<>":
        return not any(name in headers for name in _LIST_HEADERS)  # RFC 3834 5, from before its header
    if traces and (says or _CHALLENGE.search(text[:4000])):
        return True
    bare = _REPLY_PREFIX.sub("", subject)
    if bare != subject:
        # "Re: Out of office" is a person's answer to one, unless a machine's header stands beside it.
        return traces and (_SAYS_AUTOMATIC.match(bare) is not None or _SAYS_ABSENT.match(bare) is not None)
    return traces and _SAYS_ABSENT.match(subject) is not None


def _null_path(headers: Headers) -> bool:
    return headers.get("return-path", "-").strip() in ("<>", "")


def is_list(headers: Headers) -> bool:
    """A newsletter or mailing list (RFC 2369, RFC 2919, or bulk precedence)."""
    if any(name in headers for name in _LIST_HEADERS):
        return True
    return headers.get("precedence", "").strip().lower() in ("list", "bulk", "junk")


def asks_for_silence(fields: Mapping[str, list[bytes]]) -> bool:
    """Whether no automatic answer may go to a mail, whoever wrote it: a null return path, Auto-Submitted other than
    "no" (RFC 3834, 2), or a header that asks for none. All of them count, not only the first."""
    if any(value.split(b"(")[0].strip() == b"<>" for value in fields.get("return-path", ())):
        return True
    if any(
        value.split(b";")[0].split(b"(")[0].strip().lower() not in (b"no", b"")
        for value in fields.get("auto-submitted", ())
    ):
        return True
    suppressed = b",".join(fields.get("x-auto-response-suppress", ())).lower().replace(b" ", b"").split(b",")
    return any(word in (b"all", b"oof", b"autoreply") for word in suppressed)
