"""DOMAIN §1, repair: what she writes beside an open question is no answer to it.

'Hold on' is no Instagram handle, 'hello?' no idea for a tattoo, and 'what?' no place on the body. Where DOMAIN is silent: a
plea for time is granted, without the question again and without a strike. A greeting, a nod, START or CONTINUE gets the open
question again, without a strike. 'What?' is an answer that cannot be read: it gets the hint instead of the question, and
after three the artist takes over. They count as whole messages, with nothing but polite words around them; the words are the
studio's. What a question that is parsed understands (yes, no, a number) stays its answer.
"""

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain.gate import written_after
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.questions import FREE_TEXT, Understood
from inkgate_dialogue.domain.questions.reading import Refused, bare
from inkgate_dialogue.domain.questions.yes_no import yes_or_no
from inkgate_dialogue.domain.rules import answer, questions_changed, repair, resend
from inkgate_dialogue.domain.turn import Turn

PUZZLED = "puzzled"
_LONGEST = 60
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
    nods = command or plain in asides.nods
    if not (pause or puzzled or nods) or not written_after(message, lead.asked.accepted_at, lead.asked.began_at):
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
        turn.say("still_open", lead=lead, question=key)
    return "aside"
