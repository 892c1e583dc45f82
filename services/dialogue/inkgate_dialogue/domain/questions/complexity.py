"""1 simple, 2 medium, 3 high detail or realism. The value is 1, 2 or 3: by its number, in words, or a letter or two off."""

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from inkgate_dialogue.domain.questions.numerals import CORRECTED
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, folded, listed

_SIMPLE = listed(
    "simple simples simply simpler simplest simplistic easy basic basics minimal minimalist minimalistic "
    "minimalism plain low least lowest sencillo sencilla sencillito sencillita sencillos facil basico basica "
    "minimalista minimo baja bajo simplecito simplitosenciyo senciya sencillito sencillita"
)
_MEDIUM = listed(
    "medium mid middle moderate moderately average intermediate midrange halfway midway med medio media mediano "
    "mediana intermedio intermedia moderado moderada normal regular medium"
)
_HIGH = listed(
    "high highly highest detailed realism realistic realist photorealism photorealistic hyperrealism "
    "hyperrealistic complex complicated intricate elaborate hard difficult max maximum ultra alto alta detallado "
    "detallada detallados detalladito realismo realista hiperrealismo hiperrealista fotorrealismo complejo "
    "compleja complicado complicada dificil maximo maxima elaborado elaboradadetayado detayada detalladisimo "
    "detalladisima"
)
_LEVEL = {word: level for level, words in ((1, _SIMPLE), (2, _MEDIUM), (3, _HIGH)) for word in words}
_SPELLING = [word for word in _LEVEL if len(word) > 4]
# Words a letter or two away from those above that mean something else.
_OTHERS = frozenset(
    listed("light night might sight right height easily sample dimple temple hair complete comply media")
)

_ORDERED = (
    listed("one first 1st uno una primero primera 1a 1o"),
    listed("two second 2nd dos segundo segunda 2a 2o"),
    listed("three third 3rd tres tercero tercera 3a 3o last ultimo ultima"),
)
_ORDER = {word: level for level, words in enumerate(_ORDERED, 1) for word in words}
_DIGIT = re.compile(r"(?<![\d.,/£$€-])(?<![a-z])([0-9]{1,3})(?!\d)(?:[.,]([0-9]))?")
_OUT_OF = re.compile(r"\b([1-3]) (?:out of|of|de) 3\b(?!\d)")
_LENGTH = re.compile(
    r"\d+(?:[.,]\d+)? ?(?:cm|mm|inch\w*|in\b|\"|pulgadas?|colou?rs?|hours?|hrs?|horas?|sessions?|sesion\w*|k\b|gbp|"
    r"pounds|libras|quid)|[£€$] ?\d+(?:[.,]\d+)?"
)
_RANGE = re.compile(r"\b([1-3]) ?(?:-|/|or|and|to|o|y|a|u) ?([1-3])\b")
_DENIAL = r"\b(?:not|nothing|no|nada|isn'?t|don'?t want it)"
# Phrases that say a level as a whole; taken out before single words are looked at.
_PHRASES: tuple[tuple[int, bool, re.Pattern[str]], ...] = tuple(
    (level, pattern.startswith(_DENIAL), re.compile(pattern))
    for level, pattern in (
        (
            0,
            r"\b(?:nothing|not|isn'?t|no|nada|sin|less) (?:(?:that|too|very|super|so|overly|really|muy|tan|"
            r"demasiado|es|it's|terribly|particularly|ser) ){0,2}(?:simple|basic|easy|sencill[oa]|facil|"
            r"basic[oa])\b",
        ),
        (2, r"\bn(?:either|or|i) (?:\w+ ){1,2}n(?:or|i) (?:muy |very |too |so )?\w+"),
        (
            2,
            r"\b(?:in between|in the middle|somewhere in (?:between|the middle)|half ?way|so so|termino medio|"
            r"ni mucho ni poco|50/50)\b",
        ),
        (
            2,
            _DENIAL + r" (?:(?:that|too|very|super|so|overly|really|muy|tan|demasiado|crazy|es|it's|terribly|"
            r"particularly|quiero algo) ){1,3}(?:\w+ )?(?:detail\w*|complex|complicated|intricate|detallad[oa]|"
            r"complej[oa]|complicad[oa]|crazy|difficult|dificil)\b",
        ),
        (
            1,
            r"\b(?:not|nothing|nada|isn'?t) (?:detail\w*|complex|complicated|intricate|fancy|crazy|detallad[oa]|"
            r"complej[oa]|complicad[oa]|dificil)\b|\b(?<!un )poco (?:detallad|elaborad|complej|complicad)[oa]\b",
        ),
        (
            1,
            r"\b(?:not much|not a lot of|not many|(?<!a )little|very little|low|minimal|minimum|no|"
            r"without(?: much| any)?|hardly any|least|poco|poca|pocos|poquito|sin(?: mucho| ningun)?|sin muchos|"
            r"no mucho|no muchos|apenas) (?:detail\w*|detalles?)\b",
        ),
        (
            2,
            r"\b(?:some|medium|moderate|a bit of|a little(?: bit)?(?: of)?|bit of|a bit|average|mid|decent|fair|"
            r"reasonable|fairly|moderately|somewhat|slightly|partly|semi|algo|algo de|algun|un poco(?: de)?|medio|"
            r"medianamente|nivel medio de|moderad[oa]mente|normal) ?-?(?:detail\w*|complex|complicated|intricate|"
            r"realistic|detalles?|detallad[oa]|complej[oa]|complicad[oa]|realista)\b",
        ),
        (
            3,
            r"\b(?:high|lots? of|loads of|a lot of|much|max(?:imum)?|full|fine|very|super|so much|tons of|many|"
            r"heavy|insane|extreme|mucho|bastante|muchos|muchisimo|muchisimos|todo el|gran|alto|maximo|con|"
            r"lleno de|lots) (?:of )?(?:detail|details|detailing|detalles?)\b",
        ),
        (
            1,
            r"\b(?:just|only|solo|simple|clean|thin|unas?) (?:an? |the |el |las |los |un )?(?:out-?lines?|lines?|"
            r"line ?work|lettering|text|word|lineas?|contorno|trazos?|letras?)\b",
        ),
        (3, r"\b(?:photo|hyper|micro|hiper|foto)[ -]?real\w*|\bhi(?:gh)?[ -](?:detail|def|res)\w*"),
    )
)
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(
    r"\b(?:not|isn'?t|no es|nor|ni|no|less|menos|rather than|instead of) (?:an? |un |the |el |la |really |muy |"
    r"very |too |too much )?([a-z0-9]+)\b"
)
_READ_MAX = 400


def _level(word: str) -> int | None:
    found = _LEVEL.get(word)
    if found is not None or len(word) < 5 or len(word) > 16 or word in _OTHERS:
        return found
    near = process.extractOne(word, _SPELLING, scorer=OSA.distance, score_cutoff=1 if len(word) < 8 else 2)
    return _LEVEL[near[0]] if near and near[0][0] == word[0] else None


def parse(reply: Reply) -> Reading:
    if reply.choice in ("1", "2", "3"):
        return Understood(reply.text, int(reply.choice))
    said = _NOT_THAT.sub(
        " ", _LENGTH.sub(" ", _IDIOMS.sub(" ", folded(reply.text)[:_READ_MAX]).replace("50/50", "halfway"))
    )
    if said.endswith("?") and _ASKS.match(said):
        return Refused("no_choice")
    if CORRECTED.search(said):
        last = CORRECTED.split(said)[-1]
        if _numbers(last) or _words(last)[0]:
            said = last
    numbers = _numbers(said)
    words, soft = _words(said)
    if numbers and not numbers <= {1, 2, 3}:
        return Refused("no_choice")
    if len(numbers) == 1 and not (words - numbers):
        return Understood(reply.text, numbers.pop())
    if numbers:
        return Refused("several_choices")
    # '1' in words, or 'not too detailed', counts where nothing plainer is said: 'a simple one', 'not too detailed, medium'.
    if _WORDED_RANGE.search(said):
        return Refused("several_choices")
    spoken = _spoken(said)
    levels = (spoken if len(spoken) == 1 and not (words - spoken) else words or spoken) or soft or _lone(said)
    if len(levels) == 1:
        return Understood(reply.text, levels.pop(), sure=0.9)
    return Refused("several_choices" if levels else "no_choice")


def tells(reply: Reply) -> bool:
    """Whether a text speaks of how detailed it is."""
    return bool(_words(folded(reply.text)[:_READ_MAX])[0])


_WORDED_RANGE = re.compile(
    r"\b(?:one|two|uno|dos) (?:or|to|and|o|y|a|or maybe|maybe) (?:two|three|dos|tres)\b|\btwo (?:or|and) one\b"
)
_NOT_THAT = re.compile(r"\bnot (?:an? |the )?(?:[1-3]|one|two|three)\b")
_IDIOMS = re.compile(
    r"\b(?:dificil (?:de )?decir\w*|hard to (?:say|tell)|en realidad|is real|del otro mundo|high five|por favor|"
    r"half sleeve|no se mucho)\b"
)
_ASKS = re.compile(
    r"^\W*(?:(?:hi|hey|hola|sorry|perdon|but|y|so|and)\W+)*(?:what|which|whats|what's|how|can you|could you|why|is|"
    r"are|que|cual|como|por que|puedes|cuanto|does|do)\b"
)


def _numbers(said: str) -> set[int]:
    """The levels that are told by a figure; others stand for what is none."""
    share = _OUT_OF.search(said)
    if share is not None:
        return {int(share[1])}
    either = _RANGE.search(said)
    if either is not None and either[1] != either[2]:
        return {int(either[1]), int(either[2])}
    found = set()
    for match in _DIGIT.finditer(said):
        level = int(match[1])
        if match[2] is not None and match[2] != "0":
            return {level, level + 1} if level in (1, 2) else {_NONE}
        found.add(level if level in (1, 2, 3) else _NONE)
    return found


_NONE = 9
_TOLD = re.compile(
    r"\b(?:the|a|an|number|option|level|no|go for|go with|probably|maybe|say|definitely|just|choose|pick|answer|el|"
    r"la|un|una|opcion|numero|nivel|pues|quiza|creo que|diria|supongo|supongo que|seria|pon|ponme|ponle|es|"
    r"de) (one|two|three|first|second|third|1st|2nd|3rd|last|uno|una|dos|tres|primer[oa]?|segund[oa]|tercer[oa]?|"
    r"ultim[oa])\b(?! (?:with|that|of|i|who|que|de|con|to|for|colou?rs?|flowers?|roses?|people|words|hours?|"
    r"sessions?))"
)
_ALONE = re.compile(
    r"^\W*(one|two|three|uno|una|dos|tres|first|second|third|primer[oa]?|segund[oa]|"
    r"tercer[oa]?)\b(?! (?:\w+ )?(?:tattoo|color|flower|rose|word|line))"
)


def _spoken(said: str) -> set[int]:
    """The levels that are told by a number in words."""
    found = {_ORDER.get(match[1], _ORDER.get(match[1] + "o", 0)) for match in _TOLD.finditer(said)}
    start = _ALONE.match(said)
    if start is not None:
        found.add(_ORDER.get(start[1], _ORDER.get(start[1] + "o", 0)))
    found.discard(0)
    return found


def _lone(said: str) -> set[int]:
    """Two or three in words somewhere, where nothing else is said."""
    return {level for word in _WORD.findall(said) if (level := _ORDER.get(word, 0)) in (2, 3) and word != "last"}


def _words(said: str) -> tuple[set[int], set[int]]:
    """The levels that are told in words; apart from them those of denials ('not too detailed'), which say less."""
    levels: set[int] = set()
    soft: set[int] = set()
    for level, is_soft, pattern in _PHRASES:
        said, times = pattern.subn(" ", said)
        if times and level:
            (soft if is_soft else levels).add(level)
    denied = {match[1] for match in _BETWEEN.finditer(said)}
    for word in _WORD.findall(said):
        level_ = None if word in denied else _level(word)
        if level_ is not None:
            levels.add(level_)
    return levels, soft
