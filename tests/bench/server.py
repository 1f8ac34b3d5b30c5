"""A real `ubora serve` process to be measured."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests import ROOT

_TICK_MS = 1e3 / os.sysconf("SC_CLK_TCK")


class Server:
    """On a folder of its own; it has answered when this is made."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "ubora", "serve", "--data", str(folder), "--port", str(port)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | dict(environment or {}),
        )
        self._wait()
        self.token = (folder / "admin-token").read_text().strip()

    def _wait(self) -> None:
        for _ in range(300):
            try:
                with urllib.request.urlopen(self.url + "/health/ready", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"no answer from {self.url}")

    def peak_megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def cpu_ms(self) -> float:
        """Of all its threads so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_MS

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
