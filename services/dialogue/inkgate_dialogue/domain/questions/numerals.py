"""Number words as digits, in English and Spanish: text2num does the reading (microseconds; it is compiled).

Around it stands what people write and text2num does not take: words run together or misspelt, a thousand or a hundred after
digits ('5 hundred', '2 mil', '2 grand'), halves, 'a couple of hundred', and amounts spoken in two parts ('four fifty').
"""

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA
from text_to_num import alpha2digit

from inkgate_dialogue.domain.questions.reading import listed

READ_IN = ("en", "es")
# Words that are numbers in one language and something else in the other: left alone when the other is hers.
_ONLY_AT_HOME = {"es": re.compile(r"\bonce\b"), "en": re.compile(r"\bten\b")}

_EN = listed(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand"
)
_ES = listed(
    "uno una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento doscientos "
    "trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos doscientas trescientas "
    "cuatrocientas quinientas seiscientas setecientas ochocientas novecientas mil"
)
_SPELLING = {"en": [word for word in _EN if len(word) > 4], "es": [word for word in _ES if len(word) > 4]}
_KNOWN = frozenset(_EN) | frozenset(_ES) | {"cientos", "cientas", "miles", "hundreds", "thousands"}

# text2num wants these accents, which `folded` takes away.
_ACCENTED = {"veintidos": "veintidós", "veintitres": "veintitrés", "veintiseis": "veintiséis"}
_ACCENT = re.compile(r"\bveinti(?:dos|tres|seis)\b")
# 'unas seiscientas' is about 600, not 1600; 'un' and 'una' are articles where no number goes on.
_ABOUT_ES = re.compile(r"\bun[oa]s (?=\w)")
_ARTICLE_ES = re.compile(r"(?<!\by )\b(?:un|una)\b")
_KEPT = {"una": "\ue0a1", "un": "\ue0a0"}
_GLUED = re.compile(r"\b(one|two|three|four|five|six|seven|eight|nine|twelve|fifteen)(hundred|thousand|fifty)\b")
_HUNDO = re.compile(r"\bhundos?\b")
_APART = re.compile(r"\b(cuatro|seis|siete|ocho|nueve|dos|tres) (cient[oa]s)\b")
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")
_VAGUE = re.compile(
    r"\b(?:a few|few|several|some|many|unos|unas|unos cuantos|varios|varias) (?:hundreds?|thousands?|grand|cientos|"
    r"cientas|miles)\b"
)
_HALF = re.compile(r"\b(?:half an?|half|medio|media) (?=(?:grand|k|thousand|hundred|millar)\b)")
_COUPLE = re.compile(r"\b(?:a )?couple (?:of )?(?=(?:hundred|thousand|grand|k)\b)|\bun par de (?=(?:cientos|miles)\b)")
_ONE = re.compile(r"\b(?:an?|one|un) (?=(?:grand|k|millar)\b)")
_A_HUNDRED = re.compile(r"\ban? (?=(?:hundred|thousand)\b)")
_WORD_AND_A_HALF = re.compile(r"\b(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten) and a half\b")
_HALVES = {
    word: f"{number}.5" for number, word in enumerate(listed("one two three four five six seven eight nine ten"), 1)
}
_TWO = re.compile(r"\b(two|three)(?= (?:grand|k)\b)")
_MIL_AND_A_HALF = re.compile(r"\bmil y medio\b")
_AND_A_HALF = re.compile(r"(\d) (?:and a half|y medi[oa])\b")
_GRAND_AND_A_HALF = re.compile(r"\b1 (grand|thousand|k) and a half\b")
_TIMES = re.compile(r"(\d) ?(hundred|hundreds|cient[oa]s|thousands?|grand|mil|miles|k|millar|millares)\b")
_SPOKEN = re.compile(r"(?<![\d.,-])\b([1-9]|1[0-9]) (\d0|\d5|[2-9]\d)\b(?![.,]?\d)")
_WORDY = re.compile(r"[a-z]{3}")
HUNDRED, THOUSAND = "\ue064", "\ue06b"  # stand behind a number in what `in_digits` returns


def _multiplier(match: re.Match[str]) -> str:
    return match[1] + (HUNDRED if match[2].startswith(("hundred", "cient")) else THOUSAND)


def languages(language: str) -> tuple[str, ...]:
    """Hers first, then the others: people mix them."""
    return (language, *(one for one in READ_IN if one != language)) if language in READ_IN else READ_IN


def halves(text: str) -> str:
    """'one and a half' and the like as digits."""
    return _WORD_AND_A_HALF.sub(lambda match: _HALVES.get(match[1], f"{match[1]}.5"), text)


def in_digits(text: str, language: str, *, small: bool = True, away: bool = False) -> str:
    """`text` (folded) with number words as digits; hundreds and thousands that stand after digits become HUNDRED and
    THOUSAND. `small`: also a lone one, two or three. `away`: the language is not hers, so that words which mean something
    else in hers are left alone."""
    if _WORDY.search(text) is None and "k" not in text:
        return text
    text = _HYPHEN.sub(" ", text)
    text = _VAGUE.sub(" ", text)
    text = _COUPLE.sub("2 ", _HALF.sub("0.5 ", halves(text)))
    text = _MIL_AND_A_HALF.sub(
        "1500", _TWO.sub(lambda match: "2" if match[1] == "two" else "3", _ONE.sub("1 ", _A_HUNDRED.sub("one ", text)))
    )
    text = _HUNDO.sub("hundred", text)
    text = _GLUED.sub(r"\1 \2", text) if language == "en" else _APART.sub(r"\1\2", text)
    text = _GRAND_AND_A_HALF.sub(r"1.5 \1", text)
    text = _AND_A_HALF.sub(r"\1.5", text)
    text = _TIMES.sub(_multiplier, text)
    if away and _ONLY_AT_HOME[language].search(text):
        return text
    if language == "es":
        text = _ACCENT.sub(lambda match: _ACCENTED[match[0]], text)
        text = _ABOUT_ES.sub("", text)
        text = _ARTICLE_ES.sub(lambda match: _KEPT[match[0]], text)
    wordless = not any(c.isdigit() for c in text)
    text = alpha2digit(text, language, threshold=0.0 if small else 3.0)
    for article, mark in _KEPT.items():
        text = text.replace(mark, article)
    text = _TIMES.sub(_multiplier, _AND_A_HALF.sub(r"\1.5", text))
    # 'four fifty' is 450, 'twelve fifty' 1250: only where all of it was said in words.
    spoken = wordless and not small
    return _SPOKEN.sub(lambda match: str(int(match[1]) * 100 + int(match[2])), text) if spoken else text


# A later figure takes the place of the one before it: '400, no wait, 500'.
CORRECTED = re.compile(
    r"\b(?:actually|sorry|i mean|i meant|wait|scrap that|make (?:it|that)|rather|correction|perdon|digo|mejor|"
    r"quise decir|quiero decir|en realidad|me equivoque)\b"
)
_LETTERS = re.compile(r"[a-z]+")
_CORRECTED_MAX = 40  # words looked at; it runs where nothing else could be read


def _sounds(word: str) -> str:
    """How a word begins, as it is heard: 'kinientas' is written for 'quinientas'."""
    return _HEARD.get(word[0], word[0])


_HEARD = {"k": "q", "c": "q", "s": "z", "v": "b"}


def spelt(text: str, language: str) -> str:
    """`text` (folded) with misspelt number words mended ('hundered', 'cuatrosientas'): a letter or two off, by OSA."""
    left = _CORRECTED_MAX

    def mended(match: re.Match[str]) -> str:
        nonlocal left
        word = match[0]
        if left <= 0 or not 4 <= len(word) <= 16 or word in _KNOWN:
            return word
        left -= 1
        found = process.extractOne(
            word, _SPELLING[language], scorer=OSA.distance, score_cutoff=1 if len(word) < 7 else 2
        )
        return found[0] if found and _sounds(found[0]) == _sounds(word) else word

    return _LETTERS.sub(mended, text)
