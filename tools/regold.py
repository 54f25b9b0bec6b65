"""The golden answers: whole reviews of the bundled examples, kept so that a change of the whole answer is seen.

``make regold`` writes them again; look at the difference before committing it. Golden files are the only place where
our own output is the expected value.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from buttress.app.jobs import demo_job
from buttress.exchange.documents import review_to_json

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden"
EXAMPLES = ("sternum", "tibia")


def answer(name: str) -> dict[str, Any]:
    """The review of one example, less what changes with every run or release."""
    with tempfile.TemporaryDirectory() as folder:
        review = demo_job(name, Path(folder) / "out", lambda _: None, pdf=False).review
    document: dict[str, Any] = json.loads(review_to_json(review))
    for key in ("created", "library_sha256", "version"):
        del document["provenance"][key]
    for file in document["voxels"]:
        del file["sha256"]
    return document


def rounded(node: Any) -> Any:
    """Numbers to five digits: processors differ beyond that."""
    if isinstance(node, dict):
        return {key: rounded(value) for key, value in node.items()}
    if isinstance(node, list):
        return [rounded(value) for value in node]
    return float(f"{node:.5g}") if isinstance(node, float) else node


def main() -> None:
    """Write all golden answers."""
    for name in EXAMPLES:
        path = GOLDEN / f"{name}.json"
        path.write_text(json.dumps(rounded(answer(name)), indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"wrote {path.name}")


if __name__ == "__main__":
    main()
