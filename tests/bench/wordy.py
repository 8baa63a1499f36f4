"""Stories by the million, made of sentences whose words are as common and as rare as in life. The same each time."""

import random
from dataclasses import dataclass

from tipline.core.search import COLUMNS, Fts5, TsVector
from tipline.core.search.index import SEALED
from tipline.core.search.keyed_tokens import parted
from tipline.core.text.search_query import document
from tipline.core.text.tokens import EXTRAS, GAP

COMMON = (
    "flight", "visa", "family", "border", "airline", "quarantine", "embassy", "school", "salary", "hotel", "ticket",
    "daughter", "son", "mother", "husband", "wife", "passport", "permit", "office", "contract", "months", "waiting",
)  # fmt: skip
SMALL = ("the", "to", "and", "we", "my", "in", "of", "was", "for", "not", "they", "is", "have", "since", "with", "at")
HAN = (
    "签证", "航班", "隔离", "家人", "口岸", "学校", "护照", "领事馆", "在上海被取消", "回不去", "孩子", "已经", "我们",
    "没有", "工资", "合同", "公司", "加班", "医院", "去年三月", "机票", "酒店", "母亲", "丈夫", "国内", "等待",
)  # fmt: skip
TRADITIONAL = ("簽證", "航班", "隔離", "家人", "羅湖口岸", "學校", "護照", "領事館", "孩子", "已經", "我們", "澳門")
SENTENCES = 24_000  # of each script
EMPTY = dict.fromkeys((*COLUMNS, SEALED), "")


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    ordered: str
    extras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One story with the words that its tip is found by."""

    text: str
    language: str
    sentences: tuple[Sentence, ...]

    def columns(self) -> dict[str, str]:
        """As `Fts5.columns`, of sentences that were looked through already."""
        extras = {word: None for one in self.sentences for word in one.extras}
        loose = " ".join([Fts5.columns(EMPTY)["loose"], *extras])
        return {**EMPTY, "story": f" {GAP} ".join(one.ordered for one in self.sentences), "loose": loose}

    def vector(self) -> str:
        streams = (f"{one.ordered} {EXTRAS} {' '.join(one.extras)}" for one in self.sentences)
        return TsVector.vector({**EMPTY, "story": f" {GAP} ".join(streams)})


def _sentence(words: str) -> Sentence:
    ordered, extras = parted(document(words))
    return Sentence(words, " ".join(ordered[:-1]), tuple(dict.fromkeys(extras)))


def _rank(rng: random.Random, n: int, steep: float = 0.8) -> int:
    """A number below n, low ones often."""
    return int(rng.paretovariate(steep) - 1) % n


class Stories:
    """Told one by one; two fifths in Chinese, a quarter of these in traditional characters."""

    def __init__(self) -> None:
        rng = random.Random(7)
        self._english = [_sentence(self._in_english(rng)) for _ in range(SENTENCES)]
        self._simplified = [_sentence(self._in_chinese(rng, HAN)) for _ in range(SENTENCES)]
        self._traditional = [_sentence(self._in_chinese(rng, TRADITIONAL)) for _ in range(SENTENCES // 4)]
        self._separated = _sentence("I was separated from my children.")
        self._unicorn = _sentence("A unicorn stood at the gate.")
        self._apart = _sentence("我和孩子分离了。")

    def _in_english(self, rng: random.Random) -> str:
        words = [rng.choice(SMALL) if rng.random() < 0.45 else self._word(rng) for _ in range(rng.randrange(8, 24))]
        return " ".join(words).capitalize() + "."

    def _word(self, rng: random.Random) -> str:
        if rng.random() < 0.3:
            return COMMON[_rank(rng, len(COMMON), 0.6)]
        return f"word{_rank(rng, 40_000, 0.5)}ing"

    def _in_chinese(self, rng: random.Random, known: tuple[str, ...]) -> str:
        parts = [
            known[_rank(rng, len(known), 0.6)] if rng.random() < 0.5 else chr(0x4E00 + _rank(rng, 3000, 0.5))
            for _ in range(rng.randrange(8, 26))
        ]
        return "".join(parts) + "。"

    def tell(self, rng: random.Random, n: int) -> Told:
        chinese = n % 5 < 2
        language = "en" if not chinese else "zh-Hant" if n % 20 < 2 else "zh-Hans"
        pool = {"en": self._english, "zh-Hans": self._simplified, "zh-Hant": self._traditional}[language]
        sentences = rng.choices(pool, k=rng.choice((2, 3, 4, 5, 6, 6, 9)))
        if n % 1000 == 7:
            sentences.append(self._separated)
        if n % 1000 == 11:
            sentences.append(self._apart)
        if n % 20_000 == 13:
            sentences.append(self._unicorn)
        return Told(" ".join(one.text for one in sentences), language, tuple(sentences))
