"""Cover-up, rework or touch-up? The value is True or False: by yes or no, or by what she says it is ('it's a rework', 'fresh
skin'). What she says it is goes before a 'no' at the beginning: 'no, just a touch-up' is a touch-up."""

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, folded
from inkgate_dialogue.domain.questions.yes_no import first_word, hedged, signs, unsure, yes_or_no

_OLD = r"(?:old|existing|previous|other|bad|faded|botched|current|shit|shitty|crap|dodgy|ex'?s?)"
_WORK = re.compile(
    r"\b(?:(?:cover|cober|covver)(?:ed|ing|s)?[ -]?(?:up|app?|op)s?|coverup\w*|cover|covering|covers|"
    r"re[ -]?work\w*|touch(?:ed|ing)?[ -]?ups?|touchups?|retouch\w*|re-?do(?:ing|ne)?|fix(?:ed|ing)?(?: up)?|"
    r"repair\w*|restor\w*|blast ?-?over|blackout|refresh\w*|re-?lin\w*|re-?colou?r\w*|re-?vamp\w*|top(?:ping)? up|"
    r"improv(?:e|ing)|"
    rf"(?:over|cover|hide|hides|on top of|going over|go over) (?:an?|the|my|some)? ?(?:\w+ )?{_OLD}\w*(?! scar)|"
    rf"(?:an?|my|the|some|this) {_OLD} (?:\w+ )?(?:one|tattoos?|tatts?|tats?|piece|ink|name|work)|"
    rf"{_OLD} (?:tattoos?|tatts?|tats?|ink)|"
    r"hid(?:e|ing)|(?:already|got|have|there'?s|is) an? (?:tattoo|tatt|tat|one) (?:there|under\w*|already|that)|"
    r"already (?:a|an|got|have) \w+|something (?:there|under\w*) already|tap(?:ar|arlo|arme|ada|ado|a|o)|cubr\w*|"
    r"cobertura|retoc\w*|retoque\w*|retok\w*|arregl\w*|rehac\w*|repas\w*|restaur\w*|renov\w*|repar\w*|correg\w*|"
    r"mejorar\w*|reforma\w*|encima de (?:un|otro|uno|mi|el)\w*|(?:sobre|encima de) (?:un[oa]?|otro|el|"
    r"mi) (?:\w+ )?(?:tatuaje|tattoo|tatu|viejo|antiguo|que)\w*|sobre otro|(?:uno|tatuaje|tattoo|"
    r"tatu) (?:muy )?(?:viejo|antiguo|anterior|feo|mal hecho|que (?:ya )?(?:tengo|odio|no me gusta))|ya (?:tengo|"
    r"hay|llevo) (?:un|uno|algo|otro)\w*|(?:tengo|hay) (?:un|uno|otro|algo)(?: \w+){0,2} (?:ahi|debajo|alli|"
    r"en esa zona))\b"
)
_FRESH = re.compile(
    r"\b(?:fresh|virgin|blank|bare|clean|clear|empty|untouched|unmarked|plain|smooth|naked|brand new|new|newbie|"
    r"first|(?:from )?scratch|nothing (?:there|under\w*|on it|to cover|yet|before)|no (?:other |"
    r"existing )?(?:tattoos?|ink|tatts?|tats?)\b|original(?: piece)?|(?:don'?t|do not|haven'?t|never) (?:have|had|"
    r"got) (?:any|an?)|piel (?:virgen|limpia|nueva|lisa|normal|sin \w+)|virgen|limpi[oa]s?|lis[oa]|"
    r"(?<!de )nuev(?:o|a|ecit[oa])|(?:des)?de cero|primer[oa]?|nada (?:debajo|ahi|que \w+|tatuado|antes)|no (?:hay|"
    r"tengo) nada|ningun (?:tatuaje|tattoo|otro)|no encima|sin nada|sin (?:ningun )?(?:tatuar|tatuajes?|tinta))\b"
)
_NEGATION = re.compile(
    r"\b(?:no|not|nor|non|without|never|neither|nothing|isn'?t|aint|ain'?t|don'?t|doesn'?t|wasn'?t|won'?t|nope|nah|"
    r"none|ni|sin|nunca|tampoco|nada|ningun[oa]?)\b"
)
# 'no, it's a rework': what follows is not what the 'no' denies.
_CLAUSE = re.compile(
    r"[,.;:!?\n()]+|\b(?:but|just|only|although|though|rather|instead|pero|sino|solo|solamente|aunque|mas bien)\b|"
    r"(?<=\bno) (?=(?:it'?s|its|it is|this is|that'?s|i want an?|i have|quiero)\b(?! (?:not|no)\b))|"
    r"(?<=\bnot) (?=(?:it'?s|its|it is) (?:an?|my)\b)|(?<=[a-z] )(?=(?:it'?s|its) (?:an?|my|not)\b)"
)
_BESIDE = re.compile(
    r"\b(?:next to|near|beside|besides|alongside|around|match(?:es|ing)?|al lado de|cerca de|junto a|alrededor de|"
    r"a juego con)\b"
)
_ASKS = re.compile(
    r"\b(?:means?|meaning|significa|what|what's|whats|wats|(?:que|q|ke) (?:es|son|significa|quiere|diferencia)|cual|"
    r"how (?:much|long|do|does|is)|como (?:es|funciona)|cuanto|does|do (?:you|u)|is (?:it|that)|can (?:you|u)|"
    r"could (?:you|u)|difference|haceis|haces|hacen|se puede|podeis|puedes)\b"
)
_BOTH = re.compile(
    r"\b(?:both|all three|all of (?:them|those|the above)|las dos|los dos|ambas?|ambos|un poco de todo|las tres|"
    r"any of those)\b"
)
_TURNED = re.compile(
    r"^(?:no|nope|nah|not|negative|que va|para nada)$|(?:cover|touch|re)[ -]?\w*(?: ?up)? (?:no|nope|not)$"
)
_SPELLING = ("coverup", "rework", "touchup", "touch-up", "retoque", "retocar", "arreglo", "tapar", "cubrir")
_SCAR = re.compile(
    r"\b(?:over|on|sobre|encima de|en) (?:an?|my|the|una|mi|la) (?:\w+ )?(?:scar|cicatriz)\b.*\b(?:not?|ningun) "
)
_UP = re.compile(r"\b([a-z]{4,6})[ -]?up\b")
_WORDS = re.compile(r"[a-z]{5,10}")
_NEGATED_WORDS = {True: 6, False: 3}  # how many words before one a negation still reaches it: of work, of fresh skin
_READ_MAX = 600  # what it is, is said early
_LOOKED_AT_MAX = 12


def parse(reply: Reply) -> Reading:
    if reply.choice in ("yes", "no"):
        return Understood(reply.text, reply.choice == "yes")
    said = folded(reply.text)[:_READ_MAX]
    first = first_word(said)
    asks = _ASKS.search(said)
    if asks is not None and first is None and (said.endswith("?") or asks.start() < 8):
        return Refused("not_yes_or_no")
    work, fresh = _kinds(said)
    if work is None and not fresh and first is None and _SCAR.search(said):
        fresh = True  # skin with a scar, and no tattoo
    if work is None and not fresh and first is None:
        work = _nearly(said)
    if work is not None or fresh:
        if unsure(said) and first is None and not (work and hedged(said)):
            return Refused("not_yes_or_no")
        # 'yes, it's a new tattoo' is none of the three; 'yes, not a big cover-up' is one.
        return Understood(reply.text, bool(work) or (work is not None and first is True and not fresh), sure=0.9)
    answer = yes_or_no(reply.text)
    if answer is None and _BOTH.search(said):
        answer = True
    if answer is None and not unsure(said):
        answer = signs(reply.text)
    return Refused("not_yes_or_no") if answer is None else Understood(reply.text, answer)


def tells(reply: Reply) -> bool:
    """Whether a text speaks of a cover-up, a rework or fresh skin."""
    work, fresh = _kinds(folded(reply.text)[:_READ_MAX])
    return work is not None or fresh


def _kinds(said: str) -> tuple[bool | None, bool]:
    """Whether it says that it is one of the three (None: not a word of it), and whether it speaks of fresh skin."""
    work: bool | None = None
    fresh = False
    clauses = [clause.strip() for clause in _CLAUSE.split(said) if clause and clause.strip()]
    for clause in clauses:
        found = _WORK.search(clause)
        if found is not None and _BESIDE.search(clause, 0, found.start() + 8) is None:
            work = (work or False) or not _denied(clause, found.start(), work=True)
            continue
        new = _FRESH.search(clause)
        if new is not None:
            own = _NEGATION.match(new[0]) is not None
            fresh = fresh or own or not _denied(clause, new.start(), work=False)
        elif found is not None:
            fresh = True  # beside an old one, not over it
    if work and len(clauses) > 0 and _TURNED.search(clauses[-1]):
        work = False
    return work, fresh


def _denied(clause: str, until: int, *, work: bool) -> bool:
    """Whether a negation stands shortly before."""
    before = clause[max(0, until - 60) : until].split()[-_NEGATED_WORDS[work] :]
    return any(_NEGATION.match(word) for word in before)


def _nearly(said: str) -> bool | None:
    """A word for it that is a letter or two off ('coverap', 'retoqe')."""
    up = _UP.search(said)
    if up is not None and any(OSA.distance(up[1], word) <= 1 for word in ("cover", "touch")):
        return not _denied(said, up.start(), work=True)
    for word in _WORDS.findall(said)[:_LOOKED_AT_MAX]:
        near = process.extractOne(word, _SPELLING, scorer=OSA.distance, score_cutoff=1 if len(word) < 7 else 2)
        if near is not None and near[0][0] == word[0] and word not in _OTHERS:
            at = said.index(word)
            return not _denied(said, at, work=True)
    return None


_OTHERS = frozenset({"cover", "covers", "reward", "reworked", "network"})
