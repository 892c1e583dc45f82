"""docs/templates.md: what a studio has approved at Meta, from the studio file and the copy files that come with Inkgate."""

from __future__ import annotations

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain import templates
from inkgate_dialogue.domain.studio import Approved, Studio

_HEAD = """<!-- Generated from the studio that comes with Inkgate by `make docs`. Do not edit. -->
# Templates
Outside of 24 hours after a person's last message WhatsApp takes no plain text, only a template that Meta has approved. Make
these in the WhatsApp Manager (*Account tools › Message templates*, category *Utility*, the body alone, no header, footer or
buttons), under these names, in each language; `{{1}}`, `{{2}}` … are the parameters, in this order. Everything works without
them inside the 24 hours. Outside, a message that has no approved template fails: the lead is flagged, and nothing changes.

- A template with **the same content** goes in the place of its message, and what waited for the message goes on.
- The **invitation** only asks her to write. It goes for every message that has no template of its own. Nothing goes on: the
  lead is flagged `invited`, and the message itself goes out as soon as she writes.

To change them: `[templates]` in the studio file says which message has which template (`name`, `same_content`, `languages`:
the code under which a language is known at Meta), `[templates]` in each copy file its text. A placeholder of the message, or
`{studio}`, or `{message}` (the whole text as it would have been said) becomes a parameter. Where Meta refuses one, take its
line out of the studio file: the invitation goes instead. `inkgate studio check` reads both files.
"""


def text() -> str:
    """The whole page."""
    studio = studio_file.read(None)
    shared: dict[str, list[str]] = {}
    for key, approved in studio.file.templates.items():
        shared.setdefault(approved.name, []).append(key)
    return _HEAD + "".join(_section(studio, keys) for keys in shared.values())


def _section(studio: Studio, keys: list[str]) -> str:
    key, approved = keys[0], studio.file.templates[keys[0]]
    lines = [f"\n## {approved.name}", _what(keys, approved), "", "| language | body | parameters |", "|---|---|---|"]
    for language, copy in studio.copies.items():
        if key == templates.NOTICE and language != studio.file.language:
            continue
        body = copy.templates[approved.text or key]
        names = ", ".join(f"{number} {name}" for number, name in enumerate(templates.placeholders(body), 1))
        lines.append(f"| {approved.code(language)} | {templates.numbered(body)} | {names} |")
    return "\n".join(lines) + "\n"


def _what(keys: list[str], approved: Approved) -> str:
    if templates.INVITATION in keys:
        return "For every message that has no template of its own. It only invites her to write."
    if templates.NOTICE in keys:
        return "For notices to an artist who has not written to the studio's number for 24 hours."
    carries = "the same content" if approved.same_content else "an invitation only"
    told = ", ".join(f"`{key}`" for key in keys)
    return f"For {'the message' if len(keys) == 1 else 'the messages'} {told}: {carries}."
