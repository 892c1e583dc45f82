"""Dialogue's own errors.

    InkgateError
    ├── StudioError      the studio file is wrong (domain.studio)
    └── CopyError        the copy file is wrong, or a text would grow too long (domain.copy)

A refused action or transition is not an error but a fact (`ActionRefused`); towards callers it is a `web.Problem`.
"""

from inkgate_dialogue.domain.copy import CopyError
from inkgate_dialogue.domain.studio import StudioError

__all__ = ["CopyError", "StudioError"]
