"""The lines with which mail programs introduce history, in the languages they speak.

"On … wrote:", header blocks ("From: … Sent: …"), separators, markers of forwarded messages, mobile signatures.
Tables and matching of single lines only; `quotes` decides what they mean. All patterns are linear in line length.
"""

import re

LONGEST = 1000  # characters: no such line is longer

# The verb of "On … wrote", where it stands last ("… wrote:") or before the name ("… schreef Jan <…>:").
_VERB = re.compile(
    r"(?<![\w])(?:wrote|writes|sent|a \wcrit|écrit|schrieb|schreibt|geschrieben|ha scritto|scrisse|scritto|"
    r"escribió|escribio|ha escrito|"
    r"escreveu|schreef|geschreven|napisał\(a\)|napisał/a|napisała|napisał|pisze|skrev|skriver|följande|"
    r"kirjoitti|napsal\(a\)|napsal|napsala|napísal|napísala|"
    r"yazdı|şunu yazdı|şunları yazdı|написал\(а\)|написала|написал|написав|написала|пишет|пише|писал\(а\)|писал|"
    r"napisana przez|írta|ezt írta|a scris|đã viết|έγραψε|va escriure|je napisao|je napisala|je napisao/la|je napisal|"
    r"написа|kirjutas|rašė|parašė|rakstīja|menulis)(?!\w)"
    r"|כתב/ה|כתבה|כתב|מאת|كتب|كتبت|كتابة ما يلي|写道|寫道|写了|書きました|書き込み|のメール|のメッセージ|님이 작성|"
    r"작성했습니다|작성|쓴 글|씀|썼습니다|เขียน|님이 다음을 썼습니다",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:on|le|am|den|il|el|em|no dia|op|w dniu|dnia|på|kl|dne|dňa|vào|lúc|στις|a|în|la|pe|ons|at|"
    r"tarihinde|в|у|בתאריך|ב|في|بتاريخ|يوم|在|于|於|zo|ma|ti|ke|to|su|pada|data|il giorno|quoting|el día|pon|"
    r"mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|пн|вт|ср|чт|пт|сб|вс|[\w.]{2,12}dag)(?!\w)",
    re.IGNORECASE,
)
_BETWEEN_DASHES = re.compile(r"\s*-{2,}.*-{2,}\s*$")
_CLOSING = re.compile(r"[:：]\s*\**\s*(?:-{2,}|={2,})?\s*$")
_TIME = re.compile(r"\d{1,2}\s?[:.h時时點点시]\s?\d{2}|\d{1,2}\s?[ap]\.?m\b|[上下]午|오[전후]", re.IGNORECASE)
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d{2}(?!\d)|\d{1,2}[./\-]\d{1,2}[./\-]\d{2,4}|\d{1,2}\.?\s+\w{3,10}|\w{3,10}\.?\s+\d{1,2}(?!\d)"
    r"|\d{1,2}\s?月|\d{1,2}\s?월|٢٠[٠-٩]{2}"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)|\d{1,2}[./\-]\d{1,2}[./\-]\d{2,4}|٢٠[٠-٩]{2}")
ADDRESS = re.compile(r"[^\s<>@(\"]{1,200}@[^\s<>@)\"]{1,200}")
_BIDI = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_LEAD = re.compile(r"[\s>*_\-=|~]*")
_PLAIN_DATE_START = re.compile(r"[\d٠-٩]|[^\W\d_]{1,12}[.,]?\s*[,，]?\s*(?:\d|[^\W\d_]{2,12}\.?\s+\d)")


def attributes(text: str, *, before_quote: bool) -> bool:
    """Whether one line (already joined from up to four) says who wrote what follows.

    `before_quote`: whether lines marked as quoted follow, which makes weaker evidence enough.
    """
    if not 6 <= len(text) <= LONGEST:
        return False
    text = text.translate(_BIDI)
    closed = _CLOSING.search(text[-40:]) is not None
    verb = _last_verb(text if closed else text[-60:])
    if not (closed or verb or before_quote):
        return False
    dashed = _BETWEEN_DASHES.match(text) is not None
    text = _LEAD.sub("", text, count=1).rstrip().rstrip("*_").rstrip()
    address, time, date = ADDRESS.search(text), _TIME.search(text), _DATE.search(text)
    if verb is not None:
        last = not verb.string[verb.end() :].strip(" \t:：-*_.>")
        if dashed and last:
            return True
        if not (last or closed) or not (date or time):
            return bool(before_quote and last and closed and (address or len(text) < 80))
        if not last and not (address or before_quote or _OPENING.match(text)):
            return False
        return bool(address or time or before_quote or (_YEAR.search(text) and _OPENING.match(text) and closed))
    if before_quote and closed and address and text[:8].lower() == "quoting ":
        return True
    if not (date and _YEAR.search(text)):
        return False
    if closed and address and (time or before_quote):
        return bool(_PLAIN_DATE_START.match(text)) and len(text) < 300
    return bool(before_quote and address and text[:1].isdigit() and len(text) < 200)


def _last_verb(text: str) -> "re.Match[str] | None":
    last = None
    for last in _VERB.finditer(text):  # noqa: B007
        pass
    return last


def opens(line: str) -> bool:
    """Whether an attribution begins with this line: a date, or "On", "Le", "Am", 在 …"""
    stripped = _LEAD.sub("", line[:200].translate(_BIDI), count=1)
    return _OPENING.match(stripped) is not None or _PLAIN_DATE_START.match(stripped) is not None


_KINDS = {
    "from": "from|von|de|da|van|od|från|fra|lähettäjä|от|от кого|від|odesílatel|gönderen|kimden|kimden|מאת|من|"
    "发件人|寄件者|寄件人|發件人|差出人|送信者|보낸 사람|보낸사람|"
    "feladó|expeditor|από|người gửi|từ|saatja|kuolta|expéditeur|mittente|remitente|remetente|afzender|"
    "absender|nadawca|発信者",
    "date": "date|datum|data|fecha|dato|päivämäärä|pvm|дата|tarih|תאריך|التاريخ|日期|时间|時間|日時|日付|날짜|"
    "dátum|data de|ημερομηνία|ngày|date d'envoi",
    "sent": "sent|gesendet|envoyé|envoyé le|inviato|enviado|enviado el|enviada em|enviado em|verzonden|wysłano|"
    "skickat|sendt|lähetetty|отправлено|отправлен|надіслано|"
    "odesláno|odoslané|gönderilme|gönderildi|נשלח|تاريخ الإرسال|تم الإرسال|发送时间|发送日期|傳送日期|"
    "寄件日期|寄送日期|發送時間|送信日時|보낸 날짜|보낸날짜|elküldve|trimis|message du|"
    "ngày gửi|poslano|saadetud",
    "to": "to|an|à|a|aan|pour|para|do|till|til|vastaanottaja|кому|komu|kime|alıcı|אל|إلى|الى|收件人|收件者|宛先|"
    "받는 사람|받는사람|címzett|către|προς|đến|destinataire|destinatario|destinatário|prima|kellele|pre",
    "cc": "cc|kopie|copie|copie à|copia|kopia|kopi|копия|抄送|副本|ccopy|참조|bcc|kopio|utc|dw|reply-to|reply to|"
    "antwort an|répondre à|ב-cc|نسخة",
    "subject": "subject|betreff|objet|oggetto|asunto|assunto|onderwerp|temat|ämne|emne|aihe|тема|předmět|predmet|konu|"
    "נושא|الموضوع|主题|主旨|主題|件名|제목|tárgy|subiect|θέμα|chủ đề|tiêu đề|sujet|argomento|teema",
}
_NAMES = {name: kind for kind, names in _KINDS.items() for name in names.split("|")}
_CELL = re.compile(r"[\s>]*\|\s*([^\s|:：][^|:：\n]{0,24}?)\s*\|")  # "| 发件人 | …", as phones send tables
_HEADER = re.compile(r"[\s>*_|]*([^\s:：*_][^:：\n]{0,24}?)[\s*_]*[:：]")


def header_kind(line: str) -> str:
    """Which header of a quoted header block this line is ("from", "date", "to", "cc", "subject"), else ""."""
    match = _HEADER.match(line[:80]) or (_CELL.match(line[:80]) if "|" in line[:80] else None)
    if match is None:
        return ""
    name = " ".join(match[1].lower().replace("\u200e", "").replace("\u200f", "").split())
    if "　" in match[1] or (" " in name and name not in _NAMES):
        name = name.replace("　", "").replace(" ", "") if not name.isascii() else name
    return _NAMES.get(name, "")


_INSIDE = re.compile(r"\s([^\s:：]{2,12})[:：]\s")


def more_kinds(line: str) -> set[str]:
    """Further headers on the line of a sender, as programs write that lose line breaks: "From: a@b.c Date: …"."""
    at = ADDRESS.search(line[:250]) if header_kind(line) == "from" else None
    if at is None:
        return set()
    found = (header_kind(f"{match[1]}:") for match in _INSIDE.finditer(line[at.end() : LONGEST]))
    return {kind for kind in found if kind}


_CLOSES_ADDRESS = re.compile(r"\s{0,4}>\s{0,4}[^\s>:：][^>:：]{0,40}[:：]\s*$")


def closes_address(begun: str, line: str) -> bool:
    """Whether a line like "> wrote:" only closes the "<" of the address before it, and quotes nothing."""
    return begun.count("<") > begun.count(">") and _CLOSES_ADDRESS.match(line) is not None


_ORIGINAL = re.compile(
    r"[\s>]*+[-_=—–‐*]{2,}+\s*+(?:original message|original mail|original appointment|ursprüngliche nachricht|"
    r"originalnachricht|original-nachricht|"
    r"ursprungliche nachricht|message d'origine|message d’origine|message original|messaggio originale|"
    r"mensaje original|mensagem original|"
    r"oorspronkelijk bericht|oorspronkelijke bericht|origineel bericht|wiadomość oryginalna|"
    r"oryginalna wiadomość|ursprungligt meddelande|originalmeddelande|"
    r"opprinnelig melding|original melding|oprindelig meddelelse|oprindelig besked|original besked|"
    r"alkuperäinen viesti|"
    r"původní zpráva|původní e-mail|originální zpráva|pôvodný e-mail|pôvodná správa|"
    r"özgün ileti|orijinal mesaj|özgün mesaj|"
    r"исходное сообщение|оригинальное сообщение|"
    r"пересылаемое сообщение|первоначальное сообщение|вихідне повідомлення|הודעה מקורית|ההודעה המקורית|"
    r"الرسالة الأصلية|رسالة أصلية|"
    r"原始邮件|邮件原件|原邮件|原始郵件|原始信件|原邮件信息|元のメッセージ|オリジナルメッセージ|원본 메시지|"
    r"원본 메일|원본메시지|원본메일|eredeti üzenet|mesaj original|"
    r"αρχικό μήνυμα|tin nhắn gốc|thư gốc|reply message|回复邮件信息|回复的邮件信息|"
    r"回复的原始邮件|reply to message|回复的原邮件|回复的邮件|回复邮件|"
    r"reply above)\s*[-_=—–‐*]*\s*$",
    re.IGNORECASE,
)
_ORIGINAL_BARE = re.compile(
    r"\s*(?:original message|原始邮件|邮件原件|原始郵件|----\s*回复的原邮件\s*----|"
    r"urspr\wngliche nachricht)\s*[:：]?\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"[\s>*_]*+[-_=—–‐*]*+\s*+(?:begin )?(?:forwarded message|forwarded by|forwarded mail|forwarded email|"
    r"weitergeleitete nachricht|weitergeleitete mail|anfang der weitergeleiteten nachricht|"
    r"anfang der weitergeleiteten e-mail|message transféré|message transmis|message réexpédié|"
    r"début du message réexpédié|début du message transféré|"
    r"courriel transféré|messaggio inoltrato|inizio messaggio inoltrato|inizio del messaggio inoltrato|"
    r"mensaje reenviado|inicio del mensaje reenviado|"
    r"mensagem encaminhada|mensagem reencaminhada|início da mensagem reencaminhada|"
    r"início da mensagem encaminhada|doorgestuurd bericht|begin doorgestuurd bericht|"
    r"przekazana wiadomość|wiadomość przekazana|wiadomość przekazana dalej|"
    r"początek przekazywanej wiadomości|vidarebefordrat meddelande|vidarebefordrat mail|"
    r"vidarebefordrat brev|vidarebefordrat e-postmeddelande|"
    r"videresendt besked|videresendt meddelelse|start på videresendt besked|videresendt melding|"
    r"start på videresendt melding|begynnelse på videresendt melding|"
    r"välitetty viesti|edelleenlähetetty viesti|välitetty viesti alkaa|přeposlaná zpráva|"
    r"přeposlaná zpráva začíná|preposlaná správa|iletilmiş ileti|iletilen mesaj|yönlendirilmiş mesaj|"
    r"iletilen ileti|yönlendirilen ileti|iletilmiş mesaj|"
    r"пересылаемое сообщение|пересланное сообщение|перенаправленное сообщение|"
    r"начало переадресованного сообщения|начало пересылаемого сообщения|пересланное письмо|"
    r"переслане повідомлення|"
    r"הודעה שהועברה|ההודעה שהועברה|תחילת ההודעה שהועברה|رسالة معاد توجيهها|الرسالة المعاد توجيهها|"
    r"رسالة محولة|بدء الرسالة المعاد توجيهها|"
    r"转发的邮件|转发邮件|转发邮件信息|转发的邮件信息|转发的原邮件|"
    r"邮件转发|转发的信件|以下是转发的邮件|开始转发的邮件|轉寄的郵件|"
    r"轉寄郵件|轉寄的訊息|轉寄訊息|已轉寄的郵件|已转发邮件|已轉寄郵件|開始轉寄的郵件|以下為轉寄的信件|"
    r"転送メッセージ|転送されたメッセージ|"
    r"転送されたメール|転送メール|전달된 메시지|전달된 메일|전달된 메세지|전달 메시지|továbbított üzenet|"
    r"mesaj redirecționat|προωθημένο μήνυμα|tin nhắn được chuyển tiếp|thư đã chuyển tiếp|missatge reenviat)"
    r"(?:\s*(?:from|von|de|od|来自)\b[^\n]{0,120})?\s*[:：]?\s*[-_=—–‐*]*\s*[:：]?\s*$",
    re.IGNORECASE,
)
_DASHED = re.compile(r"[\s>*_]*[-_=—–]{2,}+\s*\S")
# A line such as "---- Replied Message ----": what it says, in any language, does not matter before a header block.
_TITLE = re.compile(r"\s*[-_=*—–‐]{2,}+\s*+[^-_=*—–‐\n]{2,50}+[-_=*—–‐]{2,}\s*$")
RULE = re.compile(r"\s*(?:[-_=*—–‐] ?){3,}\s*$")


def is_original(line: str) -> bool:
    """Whether this line is a separator like "-----Original Message-----"."""
    line = line[:200]
    return bool(_ORIGINAL.match(line) or _ORIGINAL_BARE.match(line))


def is_title(line: str) -> bool:
    """Whether this line is a few words between dashes."""
    return len(line) <= 150 and _TITLE.match(line) is not None


def is_forward(line: str) -> bool:
    """Whether this line says that a forwarded message begins."""
    line = line[:300]
    # Without dashes it must be the whole phrase with a colon, as Apple writes it: prose may say "forwarded message".
    return (line.rstrip()[-1:] in ":：" or _DASHED.match(line) is not None) and _FORWARD.match(line) is not None


_MOBILE = re.compile(
    r"[\s*_\-—–(\[]*(?:sent (?:from|via|with|using) (?:my |the |a |an )?(?!desk\b)[^,!?;]{2,60}|"
    r"get outlook for (?:ios|android|mac)\b.{0,80}|"
    r"(?:von meinem|gesendet von|gesendet mit|von unterwegs|diese nachricht wurde von mein).{2,60}|"
    r"(?:envoyé (?:de|depuis|à partir d)|télécharger outlook|obtenez outlook).{2,80}|"
    r"(?:inviato da|scarica outlook|ottieni outlook|inviata da).{2,60}|(?:enviado (?:desde|do|a partir|"
    r"de mi|de meu|via|pelo)|enviada (?:desde|do)|obtener outlook|obter o outlook).{2,60}|"
    r"(?:verzonden (?:vanaf|vanuit|met|via)|verstuurd (?:vanaf|met)|outlook voor).{2,60}|(?:wysłano z|"
    r"wysłane z|pobierz outlook|wysłano za pomocą).{2,60}|(?:skickat från|hämta outlook|"
    r"skickades från).{2,60}|"
    r"(?:sendt fra|sendt med|hent outlook|skaff deg outlook|få outlook).{2,60}|(?:lähetetty|"
    r"hanki outlook).{2,60}|(?:odesláno z|odesláno ze|získejte outlook|odoslané z).{2,60}|"
    r".{0,40}(?:'?dan gönderildi|'?den gönderildi|cihazımdan gönderildi|yüklemek için)\.?|"
    r"(?:отправлено (?:с|из|от)|надіслано з|скачать outlook).{2,60}|(?:נשלח מ|מה-?iphone).{2,60}|"
    r"(?:أرسلت من|أُرسلت من|تم الإرسال من|مرسل من|الحصول على outlook|أرسل من).{2,60}|"
    r"(?:发自|發自|來自我的|来自我的|从我的|從我的|傳送自|傳自|由我的|寄自|发送自|取得 ?outlook|"
    r"获取 ?outlook|下载 ?outlook|取得適用於).{1,50}|.{0,30}(?:から送信|より送信|"
    r"を使用して送信)(?:されました|しています)?.?|outlook for (?:ios|android) を.{0,30}|"
    r"나의 .{1,30}에서 보냄.?|.{0,30}에서 보냈습니다.?|.{0,30}(?:에서 보냄|에서 전송됨|에서 발송)|"
    r"(?:được gửi từ|gửi từ).{2,40}|(?:trimis de pe|elküldve|elküldve az|küldve).{2,40}|"
    r"στάλθηκε από.{2,40})\s*$",
    re.IGNORECASE,
)
_CLOSER = re.compile(
    r"\s*(?:(?:best |kind |kindest |warm |warmest |with kind |with best |with warm |"
    r"many thanks and )?regards|best wishes|yours (?:sincerely|faithfully|truly)|sincerely(?: yours)?|"
    r"(?:mit )?(?:freundlichen|besten|lieben|herzlichen|freundliche|beste|liebe|viele) grü(?:ß|ss)en?|mfg|"
    r"cordialement|bien cordialement|bien à vous|sincères salutations|"
    r"cordiali saluti|distinti saluti|saludos(?: cordiales)?|un saludo|atentamente|atenciosamente|"
    r"atentamente|cumprimentos|com os melhores cumprimentos|"
    r"met vriendelijke groet(?:en)?|vriendelijke groet(?:en)?|mvg|z powa[żz]aniem|pozdrawiam|pozdrowienia|"
    r"(?:med )?v[äe]nlig(?:a)? h[äi]ls(?:ning(?:ar)?|en)|"
    r"med venlig(?:e)? hilsen(?:er)?|venlig hilsen|(?:med )?vennlig hilsen|hilsen|mvh|kh|dbh|vh|"
    r"bedste hilsner|de bedste hilsner|hälsningar|ystävällisin terveisin|terveisin|s pozdravem|"
    r"s úctou|saygılarımla|iyi çalışmalar|с уважением|з повагою)\s*[,.!]?\s*$",
    re.IGNORECASE,
)


_LINK = re.compile(r"\s?[<(]https?://[^\s<>]{1,500}[>)]$")


def is_mobile(line: str) -> bool:
    """Whether this line is what a phone or app appends ("Sent from my iPhone", 发自我的iPhone)."""
    stripped = _LINK.sub("", line.strip()).rstrip()
    return 4 <= len(stripped) <= 140 and len(stripped.split()) <= 14 and _MOBILE.match(stripped) is not None


def is_closer(line: str) -> bool:
    """Whether this line is nothing but a formal close ("Best regards,"); "Thanks, Ann" is a person's word."""
    return len(line) <= 60 and _CLOSER.match(line) is not None
