"""PostgreSQL refuses to run as root: who runs it then, and what that account must be able to reach.

As anybody but root this module does nothing. As root (containers mostly) the server runs as an account of its own,
made where it is missing, and folders on the way to its programs and data become passable (not readable) for others.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkgate.local.errors import ServerFailed

ACCOUNT = "inkgate-postgres"
# Where no account can be made: it exists everywhere and owns nothing.
FALLBACK_ACCOUNT = "nobody"


@dataclass(frozen=True)
class Account:
    """Whom to run as; `popen` holds the arguments for subprocess."""

    uid: int
    gid: int
    popen: dict[str, Any]


def server_account() -> Account:
    """The account that PostgreSQL runs as. ServerFailed when we are root and there is none."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), {})
    for name in (ACCOUNT, FALLBACK_ACCOUNT):
        entry = _find(name) or (_make(name) if name == ACCOUNT else None)
        if entry is not None:
            uid, gid = entry.pw_uid, entry.pw_gid
            return Account(uid, gid, {"user": uid, "group": gid, "extra_groups": [], "umask": 0o077})
    raise ServerFailed("PostgreSQL does not run as root, and there is no other account; start this as another user")


def make_reachable(path: Path, account: Account, progress: Callable[[str], None]) -> None:
    """Lets the account pass through every folder above `path` (and read none of them)."""
    if os.geteuid() != 0 or account.uid == 0:
        return
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH and folder.stat().st_uid != account.uid:
            progress(f"chmod o+x {folder} (so that the account of PostgreSQL can pass through)")
            folder.chmod(mode | stat.S_IXOTH)


def make_readable(tree: Path, account: Account, progress: Callable[[str], None]) -> None:
    """Lets the account read and run what lies in the tree; only where it cannot yet (a strict umask at set-up)."""
    if os.geteuid() != 0 or account.uid == 0:
        return
    make_reachable(tree, account, progress)
    for folder, _, files in os.walk(tree):
        for path in (Path(folder), *(Path(folder) / name for name in files)):
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                continue
            wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if wanted != mode:
                path.chmod(stat.S_IMODE(wanted))


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make(name: str) -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return None
    subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
        capture_output=True,
        check=False,  # Somebody else may have made it, or nobody may: what counts is whether it is there.
    )
    return _find(name)
