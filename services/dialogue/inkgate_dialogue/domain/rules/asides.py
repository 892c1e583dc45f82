"""DOMAIN §1, repair: what she writes beside an open question is no answer to it.

'Hold on' is no Instagram handle, 'hello?' no idea for a tattoo, and 'what?' no place on the body. Where DOMAIN is silent: a
plea for time is granted, without the question again and without a strike. A greeting, a nod, START or CONTINUE gets the open
question again, without a strike. 'What?' is an answer that cannot be read: it gets the hint instead of the question, and
after three the artist takes over. They count as whole messages, with nothing but polite words around them; the words are the
studio's. What a question that is parsed understands (yes, no, a number) stays its answer.

Where any words are an answer, 'where are you based?' would become the idea, and her idea the place on the body. A short
message of nothing but such questions ([asides] asks) gets the way to the artist and the open question again, without a
strike. A bare yes or no is no idea and no place on the body either.
"""

from collections.abc import Sequence

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain.gate import written_after
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.phrases import Sentence, sentences
from inkgate_dialogue.domain.questions import FREE_TEXT, Understood
from inkgate_dialogue.domain.questions.reading import Refused, bare
from inkgate_dialogue.domain.questions.yes_no import yes_or_no
from inkgate_dialogue.domain.rules import answer, questions_changed, repair, resend
from inkgate_dialogue.domain.studio import File
from inkgate_dialogue.domain.turn import Turn

PUZZLED = "puzzled"
_LONGEST = 120
_WORDS_ASKED_MAX = 8  # a longer question tells her idea ('how much would a small rose on my wrist be')
_NAMES_A_THING = frozenset({"idea", "placement"})  # where yes and no say nothing
_COMMANDS = frozenset({"start", "resume"})


def before(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str | None:
    """Take such a message before the open question sees it. Returns the verdict, or None: it is none."""
    key, text = lead.question, message.text
    if lead.status != "QUALIFYING" or lead.handover is not None or key is None or not text or len(text) > _LONGEST:
        return None
    if message.kind != "text" or message.choice is not None or questions_changed.gone(turn, key):
        return None
    asides = turn.studio.file.asides
    plain = bare(text)
    pause, puzzled = plain in asides.pauses, plain in asides.puzzles
    command = not _COMMANDS.isdisjoint(said) and yes_or_no(text) is None
    nods = (
        command or plain in asides.nods or (key in _NAMES_A_THING and " " not in plain and yes_or_no(plain) is not None)
    )
    asks = key in FREE_TEXT and _only_asks(text, turn.studio.file)
    if not (pause or puzzled or nods or asks) or not written_after(
        message, lead.asked.accepted_at, lead.asked.began_at
    ):
        return None
    if not pause and not puzzled and not command and key not in FREE_TEXT:
        parse = answer.parser(turn, key)
        if parse is not None and isinstance(parse(answer.reply_of(message, turn.setting)), Understood):
            return None
    if resend.again(turn, lead):
        return "sent_again"
    if pause:
        turn.say("no_hurry", lead=lead)
    elif puzzled:
        repair.strike(turn, lead, key, Refused(PUZZLED))
        return "not_understood"
    else:
        turn.say("asked" if asks else "still_open", lead=lead, question=key)
    return "aside"


def _only_asks(text: str, file: File) -> bool:
    """Whether every sentence, greetings apart, asks something of the studio."""
    asking = [rest for sentence in sentences(text) if (rest := _without_greeting(sentence, file))]
    return bool(asking) and all(
        len(rest) <= _WORDS_ASKED_MAX and any(found.at == 0 for found in file.asides.asked.found(" ".join(rest)))
        for rest in asking
    )


def _without_greeting(sentence: Sentence, file: File) -> Sequence[str]:
    words = list(sentence.words)
    while words and words[0] in file.handover.greets:
        words.pop(0)
    return words
