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
    r"(?:发自|發自|來自|来自|从我的|從我的|傳送自|傳自|由我的|寄自|发送自|取得 ?outlook|"
    r"获取 ?outlook|下载 ?outlook|取得適用於).{1,50}|[从從由].{2,40}(?:发送|發送|傳送|寄出)|"
    r".{0,30}(?:から送信|より送信|"
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


_URL = re.compile(r"[<(]?https?:\S*")
_CAPITAL = re.compile(r"[A-Z0-9]")
_EXCUSE = re.compile(r"[,.;!] {1,2}(?:please |pls )?(?:excuse|pardon|forgive|sorry|apolog)[^\n]{2,50}$", re.IGNORECASE)
# Devices and apps as such lines name them, whatever language is around.
_DEVICE = re.compile(
    r"(?<![a-z])(?:i ?phones?|ipads?|ipods?|macbook|android|galaxy|samsung|huawei|honor|xiaomi|redmi|poco|oppo|vivo|"
    r"oneplus|realme|meizu|zte|nokia|htc|sony|xperia|lg|motorola|moto|"
    r"pixel|lenovo|wiko|blackberry|windows ?phone|windows|"
    r"outlook|gmail|mailspring|mailbox|mailbird|e?m client|airmail|spark|"
    r"sparrow|superhuman|boxer|yahoo|aol|gmx|web\.de|"
    r"proton ?mail|proton|tutanota|tuta|fastmail|icloud|qq|foxmail|wechat|yandex|mail\.ru|naver|daum|orange|"
    r"thunderbird|k-9|bluemail|typeapp|nine|canary|edison|hey|zoho|"
    r"smart ?phones?|(?:cell ?|mobile ?|i)?phones?|mobiles?|"
    r"cell(?:ular)?|tablets?|handheld|e?-?mail app|mail|handy|"
    r"telefon\w{0,6}|tablet\w{0,4}|mobil(?:telefon|en|e|gerät)?|"
    r"t[ée]l[ée]phone|t[ée]l[ée]fono|telefone|m[óo]vil|celular|cellulare|portable|mobiele telefoon|telefoon|gsm|"
    r"puhelime\w{0,6}|cihaz\w{0,9}|komórk\w{0,3})(?![a-z])"
    r"|телефон\w{0,3}|смартфон\w{0,3}|айфон\w{0,3}|планшет\w{0,3}|яндекс\w{0,2}|почт\w{0,3}|мобильн\w{0,4}|"
    r"هاتف\w{0,3}|جوال\w{0,2}|موبايل\w{0,2}|آيفون|نوکیا|גלקסי|טלפון|אייפון|"
    r"手机|手機|移动端|企业微信|企業微信|平板|电脑|電腦|客户端|客戶端|移动端|行動版|行动版|行動裝置|移动设备|网易\w{0,6}|"
    r"網易\w{0,6}|邮箱|郵箱|信箱|邮件|郵件|"
    r"华为|華為|荣耀|榮耀|小米|红米|紅米|三星|苹果|蘋果|魅族|锤子|一加|中兴|联想|微信|新浪|搜狐|阿里|钉钉|"
    r"スマートフォン|スマホ|携帯|タブレット|メール|アイフォーン|휴대폰|핸드폰|스마트폰|아이폰|갤럭시|메일|โทรศัพท์|มือถือ|điện thoại",  # noqa: E501
    re.IGNORECASE,
)
# What else stands in such lines.
_FRAME = re.compile(
    r"(?<!\w)(?:sent|from|via|with|using|my|the|an?|for|on|by|get|secure|encrypted|email|app|signature|is|customized|"
    r"master|diese nachricht wurde von|von|meine[mnr]?|gesendet|unterwegs|mit|der|dem|für|fuer|holen|sie|sich|envoyé|"
    r"depuis|à|partir|de|d|mon|ma|l|l['’]\w+|application|appli|télécharger|"
    r"obtenez|pour|inviat[oa]|da|dal|mio|per|scarica|"
    r"ottieni|enviad[oa]|desde|mi|do|meu|pelo|el|la|dispositivo|obtener|"
    r"obter|o|para|verzonden|verstuurd|vanaf|vanuit|met|"
    r"mijn|voor|mobiele|wysłan[oe]|z|mojego|za|pomocą|pobierz|dla|skickat|skickades|från|min|mitt|hämta|för|sendt|fra|"
    r"med|hent|til|skaff|deg|få|lähetetty|hanki|odesláno|odoslané|ze|mého|získejte|pro|gönderildi|"
    r"\w*['’]?(?:umdan|ımdan|imdan|dan|den)|yüklemek|için|отправлено|с|из|от|моего|надіслано|мого|скачать|для|dikirim|"
    r"dihantar|dari(?:pada)?|menggunakan|saya|poslano|s|sa|iz|được|gửi|từ|"
    r"của|tôi|trimis|pe|elküldve|az|küldve|meu)(?!\w)"
    r"|στάλθηκε|από|το|μου|נשלח|מה-?|מ-?|שלי|أُ?رسلت?|تم|الإرسال|مرسل|من|الحصول|على|الخاص|بي|جهاز|ال|"
    r"(?:发|發)送?自|来自|來自|從|从|傳送自?|传自|傳自|由|寄自|签名由|定制|取得|获取|下载|適用於|适用于|发送|我的|我|"
    r"的|版|"
    r"から送信|より送信|を使用して送信|されました|しています|を入手|用|나의|내|에서|보냄|보냈습니다|전송됨|발송|ส่งจาก|ของฉัน",
    re.IGNORECASE,
)
_LINK = re.compile(r"\s?[<(]https?://[^\s<>]{1,500}[>)]$")


def is_mobile(line: str) -> bool:
    """Whether this line is what a phone or app appends ("Sent from my iPhone", 发自我的iPhone)."""
    stripped = _LINK.sub("", line.strip()).rstrip()
    short = 4 <= len(stripped) <= 140 and len(stripped.split()) <= 14
    return short and _MOBILE.match(stripped) is not None and _names_device(stripped)


def _names_device(line: str) -> bool:
    """Whether a line names a device or an app and says nothing else: "Sent with love" is a person's last word."""
    line = _EXCUSE.sub("", _URL.sub(" ", line))
    if not _DEVICE.search(line):
        return False
    words = re.findall(r"[^\W\d_][\w'’]*", _FRAME.sub(" ", _DEVICE.sub(" ", line)))
    return all(word[:1].isascii() and (word[:1].isupper() or len(word) == 1 or _CAPITAL.search(word)) for word in words)


def is_closer(line: str) -> bool:
    """Whether this line is nothing but a formal close ("Best regards,"); "Thanks, Ann" is a person's word."""
    return len(line) <= 60 and _CLOSER.match(line) is not None
