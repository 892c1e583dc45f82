"""`make chart`: renders the chart with the example values, or with yours, and says what is wrong with any object.

What was rendered lies in build/chart. With the examples, what goes beside the chart is checked too. `--crds` names
CustomResourceDefinitions that are taken instead of ours: those of an operator's release, or of a cluster.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.deploy import definitions, golang, helm, rules, schemas


def main(arguments: Sequence[str]) -> int:
    """Values files and places of definitions → exit code: 1 when something is wrong, 2 when it cannot be checked."""
    parser = argparse.ArgumentParser(prog="make chart", description="Render the chart and check every object.")
    parser.add_argument("files", nargs="*", type=Path, metavar="VALUES", help="values files (the examples)")
    parser.add_argument(
        "--crds",
        action="append",
        default=[],
        type=Path,
        metavar="PLACE",
        help="a file or folder of CustomResourceDefinitions to check against before ours; may be given several times",
    )
    asked = parser.parse_args(arguments)
    files = asked.files or sorted(helm.EXAMPLES.glob("*.yaml"))
    try:
        first = definitions.read(asked.crds)
    except (definitions.Unreadable, OSError) as reason:
        print(f"make chart: {reason}", file=sys.stderr)
        return 2
    build = helm.ROOT / "build" / "chart"
    build.mkdir(parents=True, exist_ok=True)
    bad, seen = 0, set()
    for file in files:
        beside = file.parent == helm.EXAMPLES and not file.name.startswith("values-")
        try:
            text = file.read_text() if beside else helm.template(file)
            objects = helm.objects(text)
            found = schemas.problems(objects, first) + ([] if beside else rules.problems(objects))
        except golang.NoGo as reason:
            print(f"make chart: {reason}", file=sys.stderr)
            return 2
        except (helm.Refused, OSError) as error:
            print(f"{file.name}: {error}", file=sys.stderr)
            bad += 1
            continue
        seen |= {(item["apiVersion"], item["kind"]) for item in objects if not schemas.is_core(item)}
        (build / file.name).write_text(text)
        print(f"{file.name}: {len(objects)} objects, {len(found) or 'nothing'} wrong")
        for problem in found:
            print(f"  {problem}")
        bad += bool(found)
    if first:
        yours = {kind for api_version, kind in seen if (api_version, kind) in first}
        print(f"by your definitions: {', '.join(sorted(yours)) or 'none'}")
        print(f"by ours: {', '.join(sorted({kind for _, kind in seen} - yours)) or 'none'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
