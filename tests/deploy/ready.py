"""`python -m tests.deploy.ready`: has Go build everything that the tests of `deploy/` use, before they ask for it.

They build what is missing themselves, and wait for each other; this is for whoever has something else to do meanwhile.
"""

import subprocess
import time

from tests.deploy import admission, compose_loader, golang, helm, schemas

TOOLS = {
    "Helm": helm.helm,
    "the operators' schemas": schemas.operators,
    "Kubernetes' check of pods": admission.program,
    "Compose's loader": compose_loader.loader,
}


def main() -> None:
    """Says of each how long it took, or why it is not to be had: tests skip then, with the same reason."""
    for name, build in TOOLS.items():
        begun = time.monotonic()
        try:
            build()
            print(f"built beside the tests: {name}, in {time.monotonic() - begun:.0f} s", flush=True)
        except (golang.NoGo, subprocess.TimeoutExpired) as reason:
            print(f"not built beside the tests: {name}: {reason}", flush=True)


if __name__ == "__main__":
    main()
