"""Instagram handle, or skip. The value is the handle without '@', or None."""

import re

from inkgate_dialogue.domain.questions.reading import SKIPS, Reading, Refused, Reply, Understood, bare, cleaned

_HANDLE = re.compile(r"@?([A-Za-z0-9._]{1,30})/?$")


def parse(reply: Reply) -> Reading:
    text = cleaned(reply.text)
    if bare(text) in SKIPS:
        return Understood(reply.text)
    match = _HANDLE.search(text.split("?")[0])
    return Understood(reply.text, match[1].lower()) if match else Refused("no_handle")
