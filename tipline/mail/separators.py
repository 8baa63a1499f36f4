"""Lines that set history apart ("-----Original Message-----") or say that a message is passed on, in many languages.

All patterns are linear in line length.
"""

import re

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
    r"原始邮件|邮件原件|原邮件|原始郵件|原始信件|原邮件信息|邮件原文|元のメッセージ|オリジナルメッセージ|원본 메시지|"
    r"원본 메일|원본메시지|원본메일|eredeti üzenet|mesaj original|"
    r"پیام اصلی|پیام اولیه|ایمیل اصلی|मूल संदेश|मूल मेल|"
    r"αρχικό μήνυμα|tin nhắn gốc|thư gốc|reply message|回复邮件信息|回复的邮件信息|"
    r"回复的原始邮件|reply to message|回复的原邮件|回复的邮件|回复邮件|"
    r"reply above|original(?=\s{0,9}[-_=—–‐*]{2}))\s*[-_=—–‐*]*\s*$",
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
    r"(?:آغاز )?پیام (?:ارسال|بازارسال|هدایت|فوروارد)[ \u200c]?شده|"
    r"(?:अग्रेषित|फ़ॉरवर्ड किया गया|फॉरवर्ड किया गया|आगे भेजा गया) (?:संदेश|मैसेज|मेल)|"
    r"转发的邮件|转发邮件|转发邮件信息|转发的邮件信息|转发的原邮件|"
    r"邮件转发|转发的信件|下面是被转发的邮件|以下是被转发的邮件|下面是转发的邮件|以下是转发的邮件|开始转发的邮件|轉寄的郵件|"
    r"轉寄郵件|轉寄的訊息|轉寄訊息|已轉寄的郵件|已转发邮件|已轉寄郵件|開始轉寄的郵件|以下為轉寄的信件|"
    r"転送メッセージ|転送されたメッセージ|"
    r"転送されたメール|転送メール|メッセージを転送|"
    r"전달된 메시지|전달된 메일|전달된 메세지|전달 메시지|továbbított üzenet|"
    r"mesaj redirecționat|προωθημένο μήνυμα|tin nhắn được chuyển tiếp|thư đã chuyển tiếp|missatge reenviat|"
    r"začátek přeposílané zprávy|začiatok preposlanej správy|začetek posredovanega sporočila|"
    r"započni proslijeđenu poruku|proslijeđena poruka|továbbított levél kezdete|începe mesajul redirecționat|"
    r"vidarebefordrat mejl|ileti başlangıcı|початок листа, що пересилається|перенаправлене повідомлення|"
    r"αρχή προωθημένου μηνύματος|bắt đầu thư được chuyển tiếp|treść przekazanej wiadomości|"
    r"開始轉寄郵件|開始轉寄電郵|转发的消息|전달된 메시지 시작|välitetty viesti / fwd\.msg|"
    r"preposlaná správa --- forwarded message)"
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


def is_certain_original(line: str) -> bool:
    """Whether this line is one of these between dashes, as programs write it."""
    return is_original(line) and _TITLE.match(line[:200]) is not None


def is_title(line: str) -> bool:
    """Whether this line is a few words between dashes."""
    return len(line) <= 150 and _TITLE.match(line) is not None


def is_forward(line: str) -> bool:
    """Whether this line says that a forwarded message begins."""
    line = line[:300]
    # Without dashes it must be the whole phrase with a colon, as Apple writes it: prose may say "forwarded message".
    return (line.rstrip()[-1:] in ":：" or _DASHED.match(line) is not None) and _FORWARD.match(line) is not None
