"""What the champion says of some photos of the sample, written down so that nothing changes it unseen.

python -m tests.models.champion        # writes it anew, for another champion
"""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from tests import ROOT
from ubora.command import main as ubora

WRITTEN = ROOT / "tests/models/champion.json"
PHOTOS = sorted((ROOT / "datasets/sample/photos").iterdir())[6::8]
"""None of them within 0.004 of a threshold, so that another processor says the same."""


def said() -> dict[str, Any]:
    """File name → outcome, level, findings and scores, as `ubora inspect --json` says them."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        assert ubora(["inspect", *map(str, PHOTOS), "--json"]) in (0, 1)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return {
        path.name: {
            "release": line["release"],
            "outcome": line["outcome"],
            "variance_level": line["variance_level"],
            "photo_faults": line["photo_faults"],
            "findings": [finding["defect"] for finding in line["findings"]],
            "scores": {name: round(score, 4) for name, score in line["scores"].items()},
        }
        for path, line in zip(PHOTOS, lines, strict=True)
    }


if __name__ == "__main__":
    WRITTEN.write_text(json.dumps(said(), indent=1) + "\n", encoding="utf-8")
    print(WRITTEN)
