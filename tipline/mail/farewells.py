"""What stands below a letter: a phone's or app's own line ("Sent from my iPhone"), and formal closes."""

import re

_MOBILE = re.compile(
    r"[\s*_\-—–(\[]*(?:sent (?:from|via|with|using) (?:my |the |a |an )?(?!desk\b)[^,!?;]{2,60}"
    r"(?:[,.;!] {1,2}(?:please |pls )?(?:excuse|pardon|forgive|sorry|apolog)[^\n]{2,50})?|"
    r"from my (?:i?phone|ipad|mobile|android|galaxy|samsung|huawei|xiaomi|blackberry)\b[^,!?;]{0,30}|"
    r"get outlook for (?:ios|android|mac)(?:\b|https?:).{0,80}|"
    r"签名由 ?网易邮箱大师 ?定制|signature is customized by netease mail master|"
    r"von outlook.{2,40}gesendet|holen sie sich outlook.{2,60}|"
    r"(?:dikirim (?:dari|menggunakan)|dihantar (?:dari|daripada)|poslano (?:s|sa|iz|z)) .{2,40}|ส่งจาก.{2,40}|"
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
