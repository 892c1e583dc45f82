"""Where on the body; the same guard against amounts and sizes as the idea."""

from inkgate_dialogue.domain.questions.idea import parse

__all__ = ["parse"]
