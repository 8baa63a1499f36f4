"""Stories for likeness: copies of campaign templates as people change them, and real accounts of one event.

All people here are made up. The accounts use the same few facts and many of the same words, each in its own order.
"""

import random
import re
import tomllib
from pathlib import Path

import tipline

TEMPLATES = {
    "residents": (
        "Dear editors, my name is {name} and I am one of the many residents who have been kept from returning home "
        "since {month} 2020. I hold a valid residence permit for {city}, yet my applications for a visa have been "
        "refused {number} times without any reason. We ask the government to publish a clear timetable, to recognise "
        "existing permits, and to let families be reunited. Please report about our situation, because nobody else "
        "does. {own} Yours sincerely, {name}"
    ),
    "students": (
        "I am writing to support the petition of the stranded students. I study {subject} at a university in {city} "
        "and I have been attending online classes at night for {number} semesters. My scholarship was stopped in "
        "{month}. We demand a safe way back to campus, like the one given to students of other countries. {own} Thank "
        "you for sharing our voices. {name}"
    ),
    "居民": (
        "您好，我叫{name}，是被困在海外的众多居民之一，自2020年{month}以来一直无法回家。我持有{city}的有效居留许可，"
        "但我的签证申请已被拒绝{number}次，没有任何理由。我们请求政府公布明确的时间表，承认现有的居留许可，让家庭团聚。"
        "请报道我们的处境，因为没有其他人在报道。{own}{name}敬上"
    ),
    "留学生": (
        "我支持滞留留学生的联名信。我在{city}的大学学习{subject}，已经在夜里上了{number}个学期的网课。"
        "我的奖学金在{month}被停发。我们要求像其他国家的学生一样，有一条安全返回校园的途径。{own}"
        "感谢你们让大家听到我们的声音。{name}"
    ),
}  # fmt: skip
ENGLISH = {
    "name": ("Anna Schmidt", "John O. Miller", "Fatima Zahra el Idrissi", "Li", "Rajesh Kumar", "Tom"),
    "city": ("Shanghai", "Beijing", "Hong Kong SAR", "Guangzhou", "Chengdu", "Xi'an"),
    "subject": ("medicine", "civil engineering", "Chinese language", "dentistry"),
    "month": ("March", "April", "September"),
    "own": (
        "",
        "",
        "Please help us.",
        "My children are six and nine years old and they have not seen their father for more than a year now.",
        "I lost my job over this and still pay the rent of an empty flat, which I cannot give up.",
    ),
}
CHINESE = {
    "name": ("王小明", "李", "欧阳娜娜", "张伟", "陈静怡"),
    "city": ("上海", "北京", "乌鲁木齐", "广州", "成都"),
    "subject": ("医学", "土木工程", "汉语", "口腔医学"),
    "month": ("三月", "四月", "九月"),
    "own": ("", "", "请帮帮我们。", "我的孩子一个六岁一个九岁，已经一年多没有见到爸爸了。"),
}
# A fact is said as [one|another], or left out where an alternative is empty.
FACTS = (
    "[My flight|Our flight|The flight I had booked] [with China Southern|from Doha|] [was cancelled|was called "
    "off|never left] [two days before|without notice|on 28 March|while we stood at the gate].",
    "[They said that|At the desk I was told|A letter says that] my residence permit [was no longer valid|had "
    "expired|does not count any more] [since the border closed|although it runs until 2023|].",
    "[The consulate|The embassy in my country|Nobody at the consulate] [does not answer the telephone|answers with a "
    "form letter|told me to apply again in autumn] [and I have called every day|, like the last time|].",
    "[My son|Our daughter|My little boy] [stayed with|lives with|is at the flat of] [his grandmother|my parents|my "
    "sister] in [Wuhan|Shanghai|Dalian] [and asks for me every evening|and started school without us|].",
    "We [paid for|lost the money for|had to book] the quarantine hotel [twice|three times|] [and got nothing back|, "
    "which was all we had saved|].",
    "[I am a teacher|I teach English|As a teacher I was] [and the school stopped my salary|and my contract was not "
    "renewed|paid half, then nothing] [last winter|in June|].",
    "[My wife|My husband|The father of my children] is [Chinese|a Chinese citizen|from Chengdu] [and I am not|, I "
    "hold an Indian passport|] [so we live in two countries|and we see each other on a screen|].",
    "[I tried|We tried to get in] [by way of Bangkok|through Seoul|over the land border] [and were turned away|and "
    "was taken off the plane|in vain] [in August|last spring|].",
)
FACTS_IN_CHINESE = (
    "[我的航班|我们订的航班|那班飞机][在三月|没有任何通知就|起飞前两天]被[取消|停掉]了[，没有人解释|，我们还站在登机口|]。",
    "[他们说|柜台的人告诉我|信里写着]我的居留许可[已经失效|不再有效|过期了][，虽然写的是到2023年|，因为边境关了|]。",
    "[领事馆|大使馆|签证中心][的电话一直没有人接|让我秋天再申请|只回了一封格式信][，我每天都打|，跟上次一样|]。",
    "[我儿子|我们的女儿|我的小孩][跟外婆|跟我父母|跟姐姐]留在[武汉|上海|大连][，每天晚上都问我|，已经上学了|]。",
    "我们[付了|赔了|订了][两次|三次]隔离酒店[，钱一分没退|，积蓄都没了|]。",
    "[我是老师|我教英语|我在学校工作][，学校停发了工资|，合同没有续|，先发一半，后来没有了][，从去年冬天起|]。",
    "[我太太|我丈夫|孩子的爸爸]是[中国人|中国公民|成都人][，我不是|，我拿印度护照|][，所以我们分在两个国家|，只能视频|]。",
    "[我试过|我们打算]从[曼谷|首尔|陆路口岸]入境[，被拒绝了|，被请下飞机|，没有成功][，那是八月|]。",
)


def copies(template: str, count: int, seed: int = 1) -> list[str]:
    """A template as so many people send it: their own name, city and number, maybe a sentence more, a word less."""
    rng = random.Random(f"{template}{seed}")
    han = not TEMPLATES[template].isascii()
    return [_edited(rng, _filled(rng, template, han), han) for _ in range(count)]


def _filled(rng: random.Random, template: str, han: bool) -> str:
    blanks = {key: rng.choice(values) for key, values in (CHINESE if han else ENGLISH).items()}
    return TEMPLATES[template].format(number=rng.randrange(2, 20), **blanks)


def _edited(rng: random.Random, text: str, han: bool) -> str:
    """Up to two words (or characters) changed."""
    parts = list(text) if han else text.split()
    for _ in range(rng.randrange(3)):
        parts[rng.randrange(len(parts))] = rng.choice("的了是在有我" if han else ("really", "the", "also", ""))
    return ("" if han else " ").join(parts)


def accounts(count: int, seed: int = 1) -> list[str]:
    """What so many people tell of one event in their own words, half of them in Chinese."""
    rng = random.Random(seed)
    return [_account(rng, FACTS_IN_CHINESE if n % 2 else FACTS) for n in range(count)]


def _account(rng: random.Random, facts: tuple[str, ...]) -> str:
    told = rng.sample(facts, rng.randrange(4, 8))
    return " ".join(re.sub(r"\[(.*?)\]", lambda found: rng.choice(found[1].split("|")), fact) for fact in told)


def written() -> list[str]:
    """The stories of the demo, which a person wrote."""
    files = sorted((Path(tipline.__file__).parent / "demo" / "stories").glob("*.toml"))
    return [story["text"] for file in files for story in tomllib.loads(file.read_text()).get("story", ())]
