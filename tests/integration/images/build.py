"""Puts the two images together: a root file system of a few megabytes beside what the lock brings."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from inkgate.local.jars import kafka_jars
from inkgate.local.kafka import java
from inkgate.local.postgres import programs
from tests.engine import Engine, container_engine
from tests.integration.images import KAFKA, POSTGRES

HERE = Path(__file__).parent
OWNER = 999
PACKAGES_LIBRARIES = "/opt/lib"
TOOLS = ("sh", "cat", "env", "mkdir", "printf", "rm", "sed", "tr")
PASSWD = f"root:x:0:0::/root:/bin/sh\nserver:x:{OWNER}:{OWNER}::/tmp:/bin/sh\n"
# What glibc loads by name, and so no program lists.
LOADED_BY_NAME = ("libnss_files.so.2", "libnss_dns.so.2", "libgcc_s.so.1")


@dataclass(frozen=True)
class StandIn:
    """An image to make. `trees`: what is copied, and where to; `data`: the folder that belongs to the server."""

    tag: str
    script: str
    trees: Sequence[tuple[Path, str]]
    path: str
    data: str
    dockerfile: str


def main() -> int:
    """Makes both images; 1 where there is no engine."""
    engine = container_engine()
    if engine is None:
        print("no container engine answers", file=sys.stderr)
        return 1
    for image in stand_ins():
        make(engine, image)
        print(image.tag, flush=True)
    return 0


def stand_ins() -> list[StandIn]:
    """Both, from this machine's packages (Kafka's jars are fetched where they are not here yet)."""
    install = programs().parent
    jars = kafka_jars(lambda line: print(line, file=sys.stderr))
    return [
        StandIn(
            tag=POSTGRES,
            script="postgres.sh",
            trees=[(install, "/opt/postgres")],
            path="/opt/postgres/bin",
            data="/var/lib/postgresql/data",
            dockerfile='STOPSIGNAL SIGINT\nEXPOSE 5432\nCMD ["postgres"]\n',
        ),
        StandIn(
            tag=KAFKA,
            script="kafka.sh",
            trees=[(java().parents[1], "/opt/java"), (jars, "/opt/kafka")],
            path="/opt/java/bin",
            data="/var/lib/kafka",
            dockerfile="EXPOSE 9092\n",
        ),
    ]


def make(engine: Engine, image: StandIn) -> None:
    """Builds one. Raises what the engine says."""
    dockerfile = (
        "FROM scratch\n"
        "ADD root.tar /\n"
        f"ENV PATH={image.path}:/bin LD_LIBRARY_PATH={PACKAGES_LIBRARIES} LC_ALL=C TZ=UTC\n"
        f"USER {OWNER}:{OWNER}\n"
        f'ENTRYPOINT ["/start.sh"]\n{image.dockerfile}'
    )
    client = engine.client(timeout_s=600)
    with tempfile.TemporaryDirectory(prefix="inkgate-image-") as folder, tempfile.TemporaryFile() as context:
        root = Path(folder) / "root.tar"
        with root.open("wb") as file:
            write_root(file, image)
        with tarfile.open(fileobj=context, mode="w") as archive:
            archive.add(root, "root.tar")
            _text(archive, "Dockerfile", dockerfile)
        context.seek(0)
        try:
            client.images.build(fileobj=context, custom_context=True, tag=image.tag, rm=True, forcerm=True)
        finally:
            client.close()


def write_root(file: IO[bytes], image: StandIn) -> None:
    """The image's root file system."""
    with tarfile.open(fileobj=file, mode="w", dereference=True) as archive:
        needed = {f"/bin/{tool}": _which(tool) for tool in TOOLS}
        for folder, place in image.trees:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and "include" not in path.relative_to(folder).parts:
                    archive.add(path, f"{place}/{path.relative_to(folder)}".lstrip("/"), filter=_readable)
        binaries = [
            *needed.values(),
            *(path for folder, _ in image.trees for path in folder.rglob("*") if _is_program(path)),
        ]
        for library in sorted(libraries(binaries)):
            needed[_place(library)] = library
        for place, path in needed.items():
            archive.add(path, place.lstrip("/"), filter=_readable)
        _text(archive, "etc/passwd", PASSWD)
        _text(archive, "etc/nsswitch.conf", "passwd: files\nhosts: files dns\n")
        archive.add(HERE / image.script, "start.sh", filter=lambda entry: _readable(entry, 0o755))
        for place, owner, mode in (("tmp", 0, 0o1777), (image.data.lstrip("/"), OWNER, 0o700)):
            entry = tarfile.TarInfo(place)
            entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
            archive.addfile(entry)


def libraries(binaries: Iterable[Path]) -> set[Path]:
    """The shared libraries that these programs load on this machine, the loader too."""
    found: set[Path] = set()
    for binary in binaries:
        listed = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
        found |= {Path(place) for place in re.findall(r"(/\S+) \(0x", listed)}
    beside = {folder / name for folder in {path.parent for path in found} for name in LOADED_BY_NAME}
    return found | {path for path in beside if path.exists()}


def _place(library: Path) -> str:
    """The system's where they are; what a package brings along where LD_LIBRARY_PATH says."""
    return str(library) if str(library).startswith(("/lib", "/usr/lib")) else f"{PACKAGES_LIBRARIES}/{library.name}"


def _is_program(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _which(tool: str) -> Path:
    found = shutil.which(tool)
    if found is None:
        raise SystemExit(f"{tool} is not on this machine")
    return Path(found)


def _readable(entry: tarfile.TarInfo, mode: int | None = None) -> tarfile.TarInfo:
    """By anybody, whoever owns it here."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = mode if mode is not None else (0o755 if entry.mode & 0o100 else 0o644)
    return entry


def _text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(text.encode()), 0o644
    archive.addfile(entry, io.BytesIO(text.encode()))
