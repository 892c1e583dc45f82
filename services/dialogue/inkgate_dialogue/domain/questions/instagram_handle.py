"""Instagram handle, or skip. The value is `{"handle": "ana.ink"}`, in lower case without '@', or `{"handle": None}`.

A handle has 1 to 30 letters, digits, dots and underscores (https://help.instagram.com, 'Usernames').
"""

import re

from inkgate_dialogue.domain.questions import chatter
from inkgate_dialogue.domain.questions.gazetteer import folded
from inkgate_dialogue.domain.questions.reading import SKIPS, Reading, Refused, Reply, Understood, bare, squeezed

_TEXT_MAX = 300
_HANDLE = r"[A-Za-z0-9._]{1,30}"
_LINK = re.compile(
    rf"(?:instagram\.com|instagr\.am|ig\.me)/+(?:u/|m/|_u/|stories/)?(?!p/|reels?/|explore|tv/|accounts)@?({_HANDLE})(?![A-Za-z0-9._])",
    re.IGNORECASE,
)
_AT = re.compile(rf"(?<![\w.@])@({_HANDLE})(?![\w.@-])")
_TOKEN = re.compile(r"[^\s,;:!?()\[\]\"'“”‘’«»<>*|]+")
_SPOKEN = ((re.compile(r" ?\b(?:underscore|under score|gui[oó]n bajo|barra baja)\b ?", re.IGNORECASE), "_"),
           (re.compile(r"(?<=\w) (?:dot|punto|point) (?=\w)", re.IGNORECASE), "."))  # fmt: skip
_DASH = re.compile(r"[-–—_./x❌✖🚫✗]+", re.IGNORECASE)
_NAMES = chatter.words(
    "insta instagram ig handle user username usuario cuenta account profile perfil tiktok facebook fb link whatsapp "
    "twitter snapchat social media redes"
)
_LED = re.compile(
    r"\b(?:insta(?:gram)?|ig|handle|user ?name|usuario|cuenta|account|profile|perfil|it'?s|is|es|soy|i'?m|como)\b"
    rf"[\s:=\-–]*({_HANDLE})(?![\w.@])",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:my|full|first|last) name\b|\bme llamo\b|\bmi nombre\b", re.IGNORECASE)
# Matched against folded text: no apostrophes, no accents.
_SKIP = re.compile(
    r"^(?:no|nop|nope|nah|na|non|not|none|never|nothing|skip|pass|nada|ningun[ao]?|tampoco|paso|saltar?|salto|omitir|sin)\b"
    r"|\b(?:dont|do not|havent|have not) (?:really )?(?:have|got|use|do|want|one|any)\b|\bno (?:tengo|uso|lo uso)\b"
    r"|\b(?:dont|do not|havent|have not|no tengo|(?:so|but|que|pero) no)$|\bno (?:insta|instagram|ig|social)\b"
    r"|\bnot got\b|\bnunca\b"
    r"|\b(?:keep|stay|rather|prefiero|prefer)\b.*\bpriva(?:te|do|da)\b"
    r"|\bnot on (?:insta|instagram|ig|it|there|social)|\b(?:rather|prefer|id prefer|better) not\b"
    r"|\bprefiero (?:que )?no\b|\bmejor no\b|\b(?:deleted|borre|cerre|quite)\b"
    r"|\b(?:solo|only|just) (?:tengo |have |got |on |use )?(?:tiktok|facebook|fb|twitter|whatsapp)\b"
)


def parse(reply: Reply) -> Reading:
    said = squeezed(reply.text[:_TEXT_MAX])
    if bare(said) in SKIPS or _DASH.fullmatch(said):
        return Understood(reply.text, {"handle": None})
    for pattern, character in _SPOKEN:
        said = pattern.sub(character, said)
    handle = _told(said)
    if handle is None and _SKIP.search(folded(said)):
        return Understood(reply.text, {"handle": None})
    handle = handle or _single(said)
    return Refused("no_handle") if handle is None else Understood(reply.text, {"handle": handle})


def _told(said: str) -> str | None:
    """A handle that can be nothing else: a link, an '@', or a word with a dot, an underscore or a digit in it."""
    for pattern in (_LINK, _AT):
        found = pattern.search(said)
        handle = _trimmed(found[1]) if found else None
        if handle:
            return handle
    for word in _TOKEN.findall(said):
        handle = _trimmed(word)
        if handle and re.search(r"[a-z]", handle) and re.search(r"[._\d]", handle) and not _address(word):
            return handle
    return None


def _address(word: str) -> bool:
    """A site, an e-mail address or an abbreviation ('u.k.'), no handle."""
    return "@" in word or "/" in word or bool(re.search(r"\.(?:com|net|org|es|uk)$|^\w\.\w\.?$", word.lower()))


def _single(said: str) -> str | None:
    """A plain word: after 'my insta is', or alone."""
    if "?" in said or "/" in said or _NAMED.search(said):
        return None
    for found in _LED.finditer(said):
        handle = _trimmed(found[1])
        after = _TOKEN.findall(said[found.end() :])
        if handle and not _is_talk(handle) and (not after or _is_talk(after[0])):
            return handle
    words = [word for word in _TOKEN.findall(said) if folded(word) not in chatter.LOCATING | _NAMES]
    if len(words) == 1 and len(_TOKEN.findall(said)) <= 4 and not _is_talk(words[0]):
        return _trimmed(words[0])
    return None


def _is_talk(word: str) -> bool:
    plain = folded(word)
    return not plain or plain in chatter.WORDS or plain in _NAMES


def _trimmed(word: str) -> str | None:
    """A handle as Instagram writes it; None where it is none."""
    name = word.strip(".@ ").rstrip("/").lower()
    return name if re.fullmatch(_HANDLE, name) and re.search(r"[a-z]", name) else None
