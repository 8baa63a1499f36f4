"""A cheap guess at the language of a story, for filters, fonts and the language of the answer.

Scripts decide where they can; a few very common letters and words decide between simplified and traditional Chinese,
and whether Latin letters are English.
"""

import re

_HANS_ONLY = frozenset(
    "们这个来为国说时会对发后里样种经么学当没动过还进长门问间关开车东书见话语请谢让给从应该头实现两无义与专业丝"
    "严丧丰临丽举乡买亚产亲亿仅仓众优伤伦体办务员号听响园图场坏块处备够夺奖妈姐姐孙宁宝审宾对导将岁层属币师"
    "带帮干广库庄张归录态总"
    "惊惯战户执报护担拥择换据损摄摆数断显术机权条杀杂极构标树检楼欢气汇汉决况净减温测济满点热爱状独环现电画"
    "疗监盖盘码离种积稳笔签简类"
    "紧红约级纪纯线组细织终绍经结给统继绩续维网罗职联脑脱舰节药营获虽补装规视觉计认讨议讯记讲许论设访证评识"
    "诉词译试诗诚误读课谁调谈财责败货质贵费资赶转轮软轻较"
    "载辆边达迁运远连迟适选递逻邮释里针钟钢钱错键镇闭闻队阳阴阶际陆险随难雾静页项顺须预领频题颜额风飞饭馆驻"
    "验鱼鲜鸟鸡麦龙"
)
_HANT_ONLY = (
    frozenset(
        "們這個來為國說時會對發後裡樣種經麼學當沒動過還進長門問間關開車東書見話語請謝讓給從應該頭實現兩無義與專業絲"
        "嚴喪豐臨麗舉鄉買亞產親億僅倉眾優傷倫體辦務員號聽響園圖場壞塊處備夠奪獎媽孫寧寶審賓導將歲層屬幣師帶幫廣"
        "庫莊張歸錄態總"
        "驚慣戰戶執報護擔擁擇換據損攝擺數斷顯術機權條殺雜極構標樹檢樓歡氣匯漢決況淨減溫測濟滿點熱愛狀獨環電畫療"
        "監蓋盤碼離積穩筆簽簡類"
        "緊紅約級紀純線組細織終紹結統繼績續維網羅職聯腦脫艦節藥營獲雖補裝規視覺計認討議訊記講許論設訪證評識訴詞"
        "譯試詩誠誤讀課誰調談財責敗貨質貴費資趕轉輪軟輕較"
        "載輛邊達遷運遠連遲適選遞邏郵釋針鐘鋼錢錯鍵鎮閉聞隊陽陰階際陸險隨難霧靜頁項順須預領頻題顏額風飛飯館駐驗"
        "魚鮮鳥雞麥龍"
    )
    - _HANS_ONLY
)
_ENGLISH_WORDS = (
    "the and to of in is was for that it you i we my with on have be are this not from at your but had "
    "been they our can"
)
_OTHER_WORDS = (
    "der die und das ist nicht ich zu den mit ein eine le la les et est je de des un une que pour dans el "
    "los las y no es en por con para una il di che non per sono"
    " o os não uma em com het een van ik niet dat op zijn och att är det som inte på og ikke jeg til av ja "
    "się nie jest na że do w z ve bir bu için"
    " ne pas vous nous avec se si lo da del della al mi su voor aan maar ett jag til er af for ei on että "
    "hän to jsem je v si"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_OTHER = frozenset(_OTHER_WORDS.split()) - _ENGLISH
_LINK = re.compile(r"https?://\S{1,500}|\S{1,80}@\S{1,80}")
_WORD = re.compile(r"[^\W\d_]+")
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)


def guess(text: str) -> str:
    """ "en", "zh-Hans", "zh-Hant", "ja", "ko", "ru", or "" where it is another language or too short to tell."""
    text = _LINK.sub(" ", text[:8000])
    if text.isascii():
        return _latin(text)
    han = kana = hangul = cyrillic = latin = 0
    for char in text:
        if char < "\x80":
            latin += char.isalpha()
        elif "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf":
            han += 1
        elif "\u3041" <= char <= "\u30ff":
            kana += 1
        elif "\uac00" <= char <= "\ud7a3":
            hangul += 1
        elif "\u0400" <= char <= "\u04ff":
            cyrillic += 1
        elif char.isalpha():
            latin += 1
    asian = han + kana + hangul
    # One Han character carries about as much as three Latin letters.
    if asian >= 2 and asian * 3 >= latin:
        if hangul * 2 > asian:
            return "ko"
        if kana * 8 > asian:
            return "ja"
        return _chinese(text)
    if cyrillic > latin and cyrillic >= 4:
        return "" if len(_UKRAINIAN.findall(text)) * 50 > cyrillic else "ru"
    return _latin(text)


def _chinese(text: str) -> str:
    hans = sum(char in _HANS_ONLY for char in text)
    hant = sum(char in _HANT_ONLY for char in text)
    return "zh-Hant" if hant > hans else "zh-Hans"


def _latin(text: str) -> str:
    words = [word.lower() for word in _WORD.findall(text)[:1000]]
    english = sum(word in _ENGLISH for word in words)
    other = sum(word in _OTHER for word in words)
    if english >= 2 and english > other and english * 12 >= len(words):
        return "en"
    return "en" if 0 < len(words) <= 8 and english and not other else ""
