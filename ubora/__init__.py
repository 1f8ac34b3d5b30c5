"""Ubora, installed: one package whose rooms are the folders of the checkout, by links.

    from ubora.models.inference.inspector import Inspector

The rooms lie at the top of the checkout. What is installed takes one name: others have a `datasets` too.
"""

import os

# From 1.29 on onnxruntime names this machine in a file and reports to its maker, unless this is set at first.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
