"""Which of the report's numbers moved: means in report/results/ that left the intervals they were committed with.

python notebooks/compare.py            after make report on another machine; exit code 1 where one did
"""

import json
import subprocess
import sys
from collections.abc import Iterator

from flm.paths import JSON, ROOT

RESULTS = ROOT / "report" / "results"


def main() -> None:
    seen, moved = 0, []
    for file in sorted(RESULTS.rglob(JSON)):
        if (text := committed(file.relative_to(ROOT).as_posix())) is None:
            continue
        before, after = (dict(means(json.loads(one))) for one in (text, file.read_text()))
        moved += [f"{file.relative_to(RESULTS)}: {where} is gone" for where in sorted(before.keys() - after.keys())]
        pairs = {where: (before[where], after[where]) for where in before.keys() & after.keys()}
        seen += len(pairs)
        moved += [f"{file.relative_to(RESULTS)}: {line}" for line in outside(pairs)]
    print("\n".join([*moved, f"{len(moved)} of {seen} means left the intervals they were committed with"]))
    sys.exit(bool(moved))


def committed(path: str) -> str | None:
    """The text of a file as it was last committed, None where it is new."""
    found = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout if found.returncode == 0 else None


def means(values, where: str = "") -> Iterator[tuple[str, dict]]:
    """Every interval {"mean", "low", "high"} in what a result file holds, and where in it that is."""
    if isinstance(values, dict) and {"mean", "low", "high"} <= values.keys():
        yield where, values
    elif isinstance(values, dict | list):
        for key, value in values.items() if isinstance(values, dict) else enumerate(values):
            yield from means(value, f"{where}/{key}")


def outside(pairs: dict[str, tuple[dict, dict]]) -> Iterator[str]:
    """A line for each pair, an interval before and after, whose new mean lies outside the old interval."""
    for where, (before, after) in sorted(pairs.items()):
        mean, low, high = (before[name] for name in ("mean", "low", "high"))
        if not low <= after["mean"] <= high:
            yield f"{where} was {mean:.2f} [{low:.2f}, {high:.2f}], is {after['mean']:.2f}"


if __name__ == "__main__":
    main()
