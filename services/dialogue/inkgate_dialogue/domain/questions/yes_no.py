"""Yes or no, in the many ways that people say it, in English and Spanish."""

import re

from inkgate_dialogue.domain.questions.reading import folded

_YES = (
    r"y|yh|ye+|ye+a+h*|yeah+|ya+h*|ye[sp]+|yess+|yep+|yup+|yas+|aye|sure|surely|certainly|correct|right|true|"
    r"definitely|definately|absolutely|indeed|affirmative|totally|of course|ofc|please do|for sure|that's right|"
    r"thats right|(?:it is|it does|i do|i am|i have|i would)(?! no)|i think so|think so|i believe so|i guess so|"
    r"agreed|ok|okay|okey|s+i+p?|sep|seh|sip+|sii+|yep|claro(?: que si)?|por supuesto|correcto|exacto|exactamente|"
    r"asi es|afirmativo|lo es|desde luego|dale|obvio|efectivamente|aja|simon|eso es|creo que si|me parece que si|"
    r"de acuerdo|vale|cierto|ja|oui|da"
)
_NO = (
    r"n|no+|nope+|nop|naw|nuh uh|nuh|na+h*|never|negative|not|not at all|not really|no way|neither|none|nothing|"
    r"false|nein|non|nay|it isn't|it isnt|it's not|its not|it is not|it doesn't|i don't|i dont|i don't think so|"
    r"i dont think so|i haven't|i'm not|im not|not that i know of|ni (?:lo )?un[oa] ni (?:lo )?otr[oa]|"
    r"ni una cosa ni|todavia no|aun no|nel|(?:claro|por supuesto|desde luego|obvio|obviamente|seguro|"
    r"pues) (?:que )?no|(?:of course|definitely|absolutely|certainly|obviously|hopefully) not|nada|nunca|negativo|"
    r"tampoco|ningun[oa]?|para nada|que va|no lo es|creo que no|me parece que no|de ninguna manera|en absoluto|"
    r"no no"
)
_UNSURE = re.compile(
    r"\b(?:maybe|perhaps|possibly|not sure|not certain|unsure|idk|dunno|don'?t (?:really )?know|no idea|no clue|"
    r"depends|kind of|kinda|sort of|sorta|yes and no|tal vez|quiza[s]?|puede ser|a lo mejor|no (?:lo )?se\b|"
    r"ni idea|no estoy (?:muy )?segur[oa]|depende|mas o menos|si y no|no tengo (?:ni )?idea|not decided|"
    r"no (?:lo )?entiendo|no comprendo|don'?t understand|do not understand|no clue|unclear)\b"
)
# 'claro que no' and 'of course not' are a no.
_FIRST = re.compile(rf"(?:(?:{_YES})(?![\w'])(?! (?:que )?no\b| not\b)|(?P<no>{_NO})(?![\w']))")
_OPENERS = re.compile(
    r"^(?:[\s,.!:;]|\b(?:unfortunately|sadly|technically|actually|probably|luckily|thankfully|i guess(?! so)|"
    r"yo diria que|supongo que|la verdad(?: es)? que|en realidad|de hecho|lamentablemente|hm+m|hi|hey|hello|hola|"
    r"oh|ah|um+|uh|hm+|er+|erm|well|so|pues|bueno|eh|ay|and|the answer is|my answer is|i'd say|i would say|"
    r"diria que|sorry|perdon|perdona|disculpa|dear|lol|haha|i think(?! so| not)|creo que(?! si| no)|that'?s? an?|"
    r"es un|un)\b)+"
)
_WORDS_BEFORE_MAX = 60
_SIGNS = {"👍": True, "👌": True, "✅": True, "✔": True, "☑": True, "💯": True, "🙆": True, "🆗": True,
          "👎": False, "❌": False, "🙅": False, "✖": False, "🚫": False, "⛔": False, "❎": False}  # fmt: skip
# 'ok' says that she has read it, not what the answer is.
_WEAK = frozenset({"ok", "okay", "okey", "vale", "right"})


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
    start = opened.end() if opened else 0
    match = _FIRST.match(said, start)
    if match is None or _UNSURE.match(said, start):
        return None
    if match["no"] is None and match[0] in _WEAK:
        return None
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
