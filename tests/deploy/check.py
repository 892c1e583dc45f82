"""`make chart`: renders the chart with the example values, or with yours, and says what is wrong with any object.

What was rendered lies in build/chart. With the examples, what goes beside the chart is checked too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.deploy import golang, helm, rules, schemas


def main(arguments: Sequence[str]) -> int:
    """Values files → exit code: 1 when something is wrong, 2 when Helm is not to be had."""
    files = [Path(argument) for argument in arguments]
    if not files:
        files = sorted(helm.EXAMPLES.glob("*.yaml"))
    build = helm.ROOT / "build" / "chart"
    build.mkdir(parents=True, exist_ok=True)
    bad = 0
    for file in files:
        beside = file.parent == helm.EXAMPLES and not file.name.startswith("values-")
        try:
            text = file.read_text() if beside else helm.template(file)
            objects = helm.objects(text)
            found = schemas.problems(objects) + ([] if beside else rules.problems(objects))
        except golang.NoGo as reason:
            print(f"make chart: {reason}", file=sys.stderr)
            return 2
        except (helm.Refused, OSError) as error:
            print(f"{file.name}: {error}", file=sys.stderr)
            bad += 1
            continue
        (build / file.name).write_text(text)
        print(f"{file.name}: {len(objects)} objects, {len(found) or 'nothing'} wrong")
        for problem in found:
            print(f"  {problem}")
        bad += bool(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
