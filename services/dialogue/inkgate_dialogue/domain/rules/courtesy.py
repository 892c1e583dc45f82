"""Thanks and good wishes: what is said to end a talk, and asks nothing.

DOMAIN §2: a message after the end of an enquiry opens a new one. 'Ok, thanks anyway' after a rejection is no new idea: to
welcome her back to it, and to remind her of it twice, would be deaf. So a message of nothing but the studio's words of
courtesy, of emoji, or a sticker is kept and shown there, and gets no answer. Where times are offered it is no attempt at
choosing one.
"""

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain.phrases import sentences
from inkgate_dialogue.domain.studio_words import Asides

_LONGEST = 100


def nothing_else(message: MessageReceived, asides: Asides) -> bool:
    """Whether a message is courtesy alone. A question is none; without words of courtesy in the studio file nothing is."""
    if not asides.courtesy:
        return False
    if message.kind == "sticker":
        return True
    text = (message.text or "").strip()
    if message.kind != "text" or message.choice is not None or not 0 < len(text) <= _LONGEST:
        return False
    said = sentences(text)
    if "?" in text or "¿" in text or (not said and any(map(str.isalnum, text))):
        return False
    return all(asides.courteous.issuperset(sentence.words) for sentence in said)
