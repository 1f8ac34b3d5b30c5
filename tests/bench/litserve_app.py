"""Our inspection behind LitServe, with nothing kept: run by a Python of its own, which has litserve.

python litserve_app.py PORT
"""

import os
import sys
from typing import Any

import cv2
import litserve  # type: ignore[import-not-found]  # of that environment alone

from ubora.models.inference.inspector import Inspector
from ubora.models.registry.releases import RELEASES, release_folder
from ubora.models.verdict import decide


class Inspection(litserve.LitAPI):  # type: ignore[misc]  # as it is unknown here
    def setup(self, device: str) -> None:
        cv2.setNumThreads(1)
        self.inspector = Inspector.load(release_folder(RELEASES, "champion"))

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # LitServe would read its type
        return bytes(request["photo"].file.read())

    def predict(self, photo: bytes) -> dict[str, Any]:
        prediction = self.inspector.inspect(photo)
        outcome = decide(prediction, self.inspector.record).outcome
        return {"verdict": outcome, "scores": prediction.scores}

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        return output


if __name__ == "__main__":
    cores = len(os.sched_getaffinity(0))
    server = litserve.LitServer(Inspection(), accelerator="cpu", workers_per_device=cores)
    server.run(port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False)
