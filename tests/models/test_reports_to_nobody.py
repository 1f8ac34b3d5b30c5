"""What a network runs on names no machine and reports to nobody."""

import os
import subprocess
import sys
from pathlib import Path


def test_loading_a_release_leaves_no_identifier_behind(tmp_path: Path, releases: Path) -> None:
    """onnxruntime writes one below HOME, before it reports, where it is not told otherwise."""
    script = (
        "import sys; from pathlib import Path; from ubora.models.inference.inspector import Inspector; "
        "Inspector.load(Path(sys.argv[1]))"
    )
    # It also keeps still where CI is set, which would hide what is asked here.
    known = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    hidden = [name for name in known if name.startswith(("GITHUB_", "XDG_", "TF_BUILD", "JENKINS_"))]
    environment = {name: known[name] for name in known if name not in hidden} | {"HOME": str(tmp_path)}
    command = [sys.executable, "-c", script, str(releases / "tiny-1")]
    subprocess.run(command, env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
