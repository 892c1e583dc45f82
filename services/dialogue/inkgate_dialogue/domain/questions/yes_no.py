"""Yes or no, in the many ways that people say it, in English and Spanish."""

import re

from inkgate_dialogue.domain.questions.reading import folded

_YES = (
    r"y|yh|ye+|ye+a+h*|yeah+|ya+h*|ye[sp]+|yess+|yep+|yup+|yas+|aye|sure|surely|certainly|correct|right|true|"
    r"definitely|definately|absolutely|indeed|affirmative|totally|of course|ofc|please do|for sure|that's right|"
    r"thats right|(?:it is|it does|i do|i am|i have|i would)(?! no)|i think so|think so|i believe so|i guess so|"
    r"agreed|ok|okay|okey|s+i+p?|sep|seh|sip+|sii+|yep|claro(?: que si)?|por supuesto|correcto|exacto|exactamente|"
    r"asi es|afirmativo|lo es|desde luego|dale|obvio|efectivamente|eso es|creo que si|me parece que si|de acuerdo|"
    r"vale|cierto|ja|oui|da"
)
_NO = (
    r"n|no+|nope+|nop|naw|nuh uh|nuh|na+h*|never|negative|not|not at all|not really|no way|neither|none|nothing|"
    r"false|nein|non|nay|it isn't|it isnt|it's not|its not|it is not|it doesn't|i don't|i dont|i don't think so|"
    r"i dont think so|i haven't|i'm not|im not|not that i know of|ni (?:lo )?un[oa] ni (?:lo )?otr[oa]|"
    r"ni una cosa ni|nada|nunca|negativo|tampoco|ningun[oa]?|para nada|que va|no lo es|creo que no|"
    r"me parece que no|de ninguna manera|en absoluto|no no"
)
_UNSURE = re.compile(
    r"\b(?:maybe|perhaps|possibly|not sure|not certain|unsure|idk|dunno|don'?t (?:really )?know|no idea|no clue|"
    r"depends|kind of|kinda|sort of|sorta|yes and no|both|either|tal vez|quiza[s]?|puede ser|a lo mejor|"
    r"no (?:lo )?se\b|ni idea|no estoy (?:muy )?segur[oa]|depende|mas o menos|si y no|no tengo (?:ni )?idea|"
    r"not decided|no clue|unclear)\b"
)
_FIRST = re.compile(rf"(?:(?:{_YES})|(?P<no>{_NO}))(?![\w'])")
_ONLY_YES = re.compile(rf"(?:{_YES})(?![\w'])")
_OPENERS = re.compile(
    r"^(?:[\s,.!:;]|\b(?:hi|hey|hello|hola|oh|ah|um+|uh|hm+|er+|erm|well|so|pues|bueno|eh|ay|and|the answer is|"
    r"my answer is|i'd say|i would say|diria que|sorry|perdon|perdona|disculpa|dear|lol|haha|i think(?! so| not)|"
    r"creo que(?! si| no)|that'?s? an?|es un|un)\b)+"
)
_WORDS_BEFORE_MAX = 60
_SIGNS = {"👍": True, "👌": True, "✅": True, "✔": True, "☑": True, "💯": True, "🙆": True, "🆗": True,
          "👎": False, "❌": False, "🙅": False, "✖": False, "🚫": False, "⛔": False, "❎": False}  # fmt: skip
# They may not be the answer where they are the only word: 'ok' answers nothing, 'none' does.
_WEAK = frozenset({"ok", "okay", "okey", "vale", "right", "sure thing"})


def signs(text: str) -> bool | None:
    """What the thumbs and ticks in it say, where they agree."""
    if text.isascii():
        return None
    found = {said for mark, said in _SIGNS.items() if mark in text}
    return found.pop() if len(found) == 1 else None


def unsure(said: str) -> bool:
    """Whether a text (folded) leaves it open."""
    return _UNSURE.search(said) is not None


_HEDGE = re.compile(r"\b(?:kind of|kinda|sort of|sorta|mas o menos|a bit|bit of)\b")


def hedged(said: str) -> bool:
    """Whether a text (folded) takes back only a little ('kind of'); it then leans to what it says."""
    return _HEDGE.search(said) is not None and _UNSURE.search(_HEDGE.sub("", said)) is None


def first_word(said: str) -> bool | None:
    """What a text (folded) begins with, greetings and the like aside."""
    opened = _OPENERS.match(said)
    match = _FIRST.match(said, opened.end() if opened else 0)
    if match is None:
        return None
    if match["no"] is None and match[0] in _WEAK:
        return True if match.end() >= len(said.rstrip(" .!")) else None
    return match["no"] is None


def yes_or_no(text: str) -> bool | None:
    """True, False, or None where it is neither (or both)."""
    said = folded(text)
    if not said or unsure(said):
        return None
    first = first_word(said)
    if first is None:
        return signs(text) if first_word(said[-_WORDS_BEFORE_MAX:]) is None else None
    return first
