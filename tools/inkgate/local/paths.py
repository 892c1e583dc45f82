"""Where things lie: the home of one set of servers, and the cache that all of them share."""

from __future__ import annotations

import os
from pathlib import Path


def default_home() -> Path:
    """`INKGATE_LOCAL_HOME`, else `.inkgate` in the current folder."""
    return Path(os.environ.get("INKGATE_LOCAL_HOME") or ".inkgate").expanduser().absolute()


def cache_folder() -> Path:
    """`INKGATE_CACHE`, else `~/.cache/inkgate`; shared by every home and every checkout of this user."""
    return Path(os.environ.get("INKGATE_CACHE") or "~/.cache/inkgate").expanduser().absolute()
