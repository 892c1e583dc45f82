"""Compose's own loader (compose-go), with which Docker's compose plugin reads files: built by Go into the cache.

Pinned like Helm (tests/deploy/golang.py): `NoGo` says why there is none here.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from inkgate.local.locks import file_lock
from inkgate.local.paths import cache_folder
from tests.deploy.golang import go

VERSION = "v2.16.2"
MODULE = "github.com/compose-spec/compose-go/v2/cli"
PROGRAM = """package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

// Exits 1 with the reason where the file is not one that Compose takes.
func main() {
	options, err := cli.NewProjectOptions([]string{os.Args[1]})
	if err == nil {
		_, err = options.LoadProject(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
"""


def loader() -> Path:
    """The program; built first where the cache has none. Raises NoGo."""
    folder = cache_folder() / f"compose-go-{VERSION}"
    program = folder / "check"
    with file_lock(cache_folder() / ".compose-go.lock", lambda: None):
        if not program.exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "main.go").write_text(PROGRAM)
            (folder / "go.mod").write_text("module check\n")
            go(["get", f"{MODULE}@{VERSION}"], folder)
            go(["build", "-o", "building", "."], folder)
            os.replace(folder / "building", program)
    return program


def complaint(file: Path) -> str:
    """What the loader has against a Compose file; empty when it takes it. Raises NoGo where there is no loader."""
    read = subprocess.run([str(loader()), str(file)], capture_output=True, text=True, check=False)
    return "" if read.returncode == 0 else read.stderr or "refused"
