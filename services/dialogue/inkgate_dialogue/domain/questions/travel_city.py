"""Another city to be tattooed in; 'same' or 'none' to skip. The value is `{"city": name}`, or `{"city": None}` for a skip;
`"country"` stands in it where it can be told: it is the one she travels to, not where she lives."""

import re

from inkgate_dialogue.domain.questions.gazetteer import folded
from inkgate_dialogue.domain.questions.places import read_city
from inkgate_dialogue.domain.questions.reading import SKIPS, Reading, Refused, Reply, Understood

_TEXT_MAX = 300
_DASH = re.compile(r"[-–—_./x❌✖🚫👎👆🙅^ \u200d♀♂\ufe0f\U0001f3fb-\U0001f3ff]+", re.IGNORECASE)
_SKIP = re.compile(
    r"^(?:no|nop|nope|nah|na|non|not|none|never|nothing|nowhere|skip|pass|same|nada|ningun[ao]?|tampoco|paso|saltar?|salto|omitir|igual"
    r"|no+|nope+|same+|naw|ditto|idem|negative|nil|zero|zilch|n|here|aqui|que va|para nada)\b"
    r"|\b(?:the )?same(?: (?:city|place|one|as))?\b|\b(?:el|la|lo) mism[ao]\b|^mism[ao]\b"
    r"|\b(?:just|only) (?:here|there|this one|mine|my city)\b|\b(?:solo|solamente|aqui) (?:aqui|esta|nada|bien)\b"
    r"|\b(?:just|only|thats) (?:that|the)(?: only)? ?(?:one)?$|\b(?:this|that|thats) (?:one|ones|fine|ok|okay)\b"
    r"|\b(?:as|see) above\b|\b(?:my|mi) (?:\w+ )?(?:city|ciudad|town|hometown)\b|^hometown$|\bhere only$|\blocal\b"
    r"|\b(?:bien|happy|good|fine) (?:aqui|here)\b"
    r"|\bcome to you\b|\bto your studio\b|\bi cant$|^(?:im|all) good\b|\bwhere i (?:live|am)\b|\bdonde vivo\b"
    r"|\ba?qui mismo\b|\best?a (?:misma|vale|esta bien)\b|^(?:solo |con |la de )(?:est?a|antes)\b|\bninguna$"
    r"|\b(?:rather|prefer|id prefer|better) not\b|\bprefiero (?:que )?no\b|\bmejor no\b|\bpor ahora no\b|\bde momento no\b"
    r"|\b(?:so|but|que|pero|creo que|think) no(?:t)?$|\bno(?:t)? (?:really|thanks|thank you|gracias)\b"
    r"|\b(?:i )?(?:cant|cannot|wont|dont|do not|can not) (?:really )?(?:travel|drive|want|need|think|plan)\b"
    r"|^(?:im |i am |soy )?flexible$|\b(?:any(?:where|place| city)|wherever|donde sea|cualquiera)\b"
    r"|\b(?:i )?(?:dont|do not) (?:have|mind)\b|\bno tengo\b|\bme da igual\b"
    r"|\bno (?:puedo|quiero|viajo|necesito|creo|hace falta|conduzco)\b"
)


def parse(reply: Reply) -> Reading:
    plain = folded(reply.text[:_TEXT_MAX])
    found = _SKIP.search(plain)
    if plain in SKIPS or (found is not None and found[0] == plain) or _DASH.fullmatch(reply.text.strip()):
        return Understood(reply.text, {"city": None})
    skips, read = found is not None, read_city(reply.text, reply.setting)
    if isinstance(read, Refused):
        if skips:
            return Understood(reply.text, {"city": None})
        return Refused("several_cities" if read.reason == "several_cities" else "no_city")
    if skips and not read.known:
        return Understood(reply.text, {"city": None})
    value = {"city": read.name, "country": read.country} if read.country else {"city": read.name}
    return Understood(reply.text, value, sure=read.sure)
