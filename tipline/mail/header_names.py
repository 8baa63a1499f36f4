"""The names of header fields as mail programs spell them above quoted and forwarded messages, in their languages."""

import re

from tipline.mail.attribution import ADDRESS, MAX_LENGTH

_KINDS = {
    "from": "from|von|de|da|van|od|från|fra|lähettäjä|от|от кого|від|odesílatel|gönderen|kimden|kimden|מאת|من|"
    "发件人|寄件者|寄件人|發件人|差出人|送信者|보낸 사람|보낸사람|"
    "feladó|expeditor|από|người gửi|từ|saatja|kuolta|expéditeur|mittente|remitente|remetente|afzender|"
    "absender|nadawca|発信者|发信人|送信元|отправитель|від кого|expeditorul|de la|šalje|"
    "از|فرستنده|प्रेषक|द्वारा|से",
    "date": "date|datum|data|fecha|dato|päivämäärä|pvm|дата|tarih|תאריך|التاريخ|日期|时间|時間|日時|日付|날짜|"
    "dátum|data de|dată|ημερομηνία|ngày|date d'envoi|päiväys|"
    "تاریخ|दिनांक|तारीख|तिथि",
    "sent": "sent|gesendet|envoyé|envoyé le|inviato|enviado|enviado el|enviada em|enviado em|verzonden|wysłano|"
    "skickat|sendt|lähetetty|отправлено|отправлен|надіслано|"
    "odesláno|odoslané|gönderilme|gönderildi|נשלח|تاريخ الإرسال|تم الإرسال|发送时间|发送日期|傳送日期|"
    "寄件日期|寄送日期|發送時間|送信日時|보낸 날짜|보낸날짜|elküldve|trimis|message du|"
    "ngày gửi|poslano|saadetud|gönderilen|відправлено|"
    "ارسال|ارسال شده|تاریخ ارسال|ارسال‌شده|भेजा गया|प्रेषित|भेजने का समय",
    "to": "to|an|à|a|aan|pour|para|do|till|til|vastaanottaja|кому|komu|kime|alıcı|אל|إلى|الى|收件人|收件者|宛先|"
    "받는 사람|받는사람|címzett|către|προς|đến|destinataire|destinatario|destinatário|destinatarul|prima|kellele|pre|"
    "adresat|收信人|送信先|"
    "به|گیرنده|प्रति|को|प्राप्तकर्ता",
    "cc": "cc|kopie|copie|copie à|copia|kopia|kopi|копия|抄送|副本|ccopy|참조|bcc|kopio|utc|dw|reply-to|reply to|"
    "antwort an|répondre à|ב-cc|نسخة|másolat|másolatot kap|bilgi|kópia|копія|kopie (cc)|odgovori na|odpověď na|"
    "svar til|svara till|antwoord aan|vastaus|válaszcím|rispondi a|odpowiedź-do|responder a|răspuns către|"
    "ответ-кому|odpovedať-pre|yanıt adresi|кому відповісти|"
    "رونوشت|کپی|प्रतिलिपि",
    "subject": "subject|betreff|objet|oggetto|asunto|assunto|onderwerp|temat|ämne|emne|aihe|тема|předmět|predmet|konu|"
    "נושא|الموضوع|主题|主旨|主題|件名|제목|tárgy|subiect|subiectul|naslov|θέμα|chủ đề|tiêu đề|sujet|argomento|teema|"
    "موضوع|عنوان|विषय",
}
_NAMES = {name: kind for kind, names in _KINDS.items() for name in names.split("|")}
_CELL = re.compile(r"[\s>]*\|\s*([^\s|:：][^|:：\n]{0,24}?)\s*\|")  # "| 发件人 | …", as phones send tables
_HEADER = re.compile(r"[\s>*_|]*([^\s:：*_][^:：\n]{0,24}?)[\s*_]*[:：]")


def header_kind(line: str) -> str:
    """Which header of a quoted header block this line is ("from", "date", "to", "cc", "subject"), else ""."""
    match = _HEADER.match(line[:80]) or (_CELL.match(line[:80]) if "|" in line[:80] else None)
    if match is None:
        return "from" if _ROW_FROM.match(line[:250]) else ""
    name = " ".join(match[1].lower().replace("\u200e", "").replace("\u200f", "").split())
    if "　" in match[1] or (" " in name and name not in _NAMES):
        name = name.replace("　", "").replace(" ", "") if not name.isascii() else name
    return _NAMES.get(name, "")


# NetEase's rows without a colon: "发件人 小梅<mei@163.com>".
_ROW_FROM = re.compile(r"[\s>]*发件人[ \t\xa0]{1,4}\S[^<>@]{0,80}<[^\s<>@]{1,100}@[^\s<>]{1,120}>\s*$")
_ROW = re.compile(r"[\s>]*(收件人|抄送|发送日期|日期|主题)[ \t\xa0]{1,4}\S")


def row_kind(line: str) -> str:
    """Which header a row without a colon is, below the sender's."""
    row = _ROW.match(line[:80])
    return _NAMES[row[1]] if row else ""


_INSIDE = re.compile(r"\s([^\s:：]{2,12})[:：]\s")


def more_kinds(line: str) -> set[str]:
    """Further headers on the line of a sender, as programs write that lose line breaks: "From: a@b.c Date: …"."""
    at = ADDRESS.search(line[:250]) if header_kind(line) == "from" else None
    if at is None:
        return set()
    found = (header_kind(f"{match[1]}:") for match in _INSIDE.finditer(line[at.end() : MAX_LENGTH]))
    return {kind for kind in found if kind}


_RUN_TOGETHER = re.compile(r"(\s{0,9}-{3,}[^-\n]{3,60}-{3,})\s{0,4}(\S.{0,3000})$")
_LABEL = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,20}(?: [^\W\d_]{1,12}){0,2}\s?(?::\s|：)")


def parted(line: str) -> list[str]:
    """The lines of a header block that stands in one line with what is dashed above it, as Yahoo's text part has it:
    "----- Forwarded Message ----- From: Ann <a@b.c>To: … <d@e.f>Sent: …Subject: …". Any other line as it is."""
    match = _RUN_TOGETHER.match(line)
    if match is None or header_kind(match[2]) != "from" or "@" not in match[2]:
        return [line]
    starts = [label.start() for label in _LABEL.finditer(match[2]) if header_kind(label[0])]
    ends = [*starts[1:], len(match[2])]
    return [match[1], *(match[2][start:end].rstrip() for start, end in zip(starts, ends, strict=True)), ""]
