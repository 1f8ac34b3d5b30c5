"""Run by the Python of an environment with anomalib, never by ours: PatchCore and PaDiM on a list of files.

    VENV/bin/python training/bench/public/anomalib_models.py task.json answer.json

task.json: models, learn and judge (paths of photos), backbone (a MobileNetV2 state dict with torchvision's
key names, or null for anomalib's own download), coreset. answer.json: version, backbone in words, and for
each model its scores in the order of `judge` and the seconds it took. It imports nothing of ubora.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import mobilenet_v2
from torchvision.transforms.v2 import functional as T

SIZE = 256
"""anomalib's default input, pixels; photos are stretched to a square, as its default transform does."""
BATCH = 16
LAYERS = ("features.6", "features.13")
"""Strides 8 and 16, the counterparts of a ResNet's layer2 and layer3."""


class SameConv2d(nn.Conv2d):
    """A strided convolution padded at the right and bottom, as the weights were trained in TensorFlow."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  nn.Conv2d's own name
        padded = F.pad(input, (0, 1, 0, 1))
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def local_backbone(path: Path) -> nn.Module:
    """MobileNetV2 from a state dict with torchvision's key names; input −1 to 1."""
    whole: nn.Module = mobilenet_v2(weights=None)
    whole.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"), strict=False)
    _pad_as_tensorflow(whole)
    return whole.eval()


def _pad_as_tensorflow(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d) and child.stride == (2, 2):
            kernel = (child.kernel_size[0], child.kernel_size[1])
            same = SameConv2d(
                child.in_channels, child.out_channels, kernel, stride=2, groups=child.groups, bias=False
            )
            same.load_state_dict(child.state_dict())
            setattr(module, name, same)
        else:
            _pad_as_tensorflow(child)


def photos_of(paths: list[str], local: bool) -> Any:
    """Batches of (N, 3, SIZE, SIZE), scaled as the backbone wants them."""
    for start in range(0, len(paths), BATCH):
        photos = [T.pil_to_tensor(Image.open(p).convert("RGB")) for p in paths[start : start + BATCH]]
        resized = [T.resize(p.float() / 255, [SIZE, SIZE], antialias=True) for p in photos]
        batch = torch.stack(resized)
        if local:
            yield batch * 2 - 1
        else:
            yield T.normalize(batch, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def build(name: str, backbone: Path | None) -> Any:
    """anomalib's own model, on the local backbone or on the one it downloads."""
    package = importlib.import_module(f"anomalib.models.image.{name}.torch_model")
    model = {"patchcore": "PatchcoreModel", "padim": "PadimModel"}[name]
    given: dict[str, Any] = {}
    if backbone is not None:
        given = {"backbone": local_backbone(backbone), "layers": list(LAYERS), "pre_trained": False}
        given |= {"n_features": 100} if name == "padim" else {}
    elif name == "patchcore":
        given = {"layers": ["layer2", "layer3"]}
    return getattr(package, model)(**given)


@torch.no_grad()
def train_and_score(name: str, task: dict[str, Any]) -> dict[str, Any]:
    torch.manual_seed(0)
    started = time.monotonic()
    backbone = None if task["backbone"] is None else Path(task["backbone"])
    model = build(name, backbone)
    model.train()
    # Its backbone stays in evaluation mode whatever the model's mode is.
    model.feature_extractor.eval()
    for photos in photos_of(task["learn"], backbone is not None):
        model(photos)
    if name == "patchcore":
        model.subsample_embedding(task["coreset"])
    else:
        model.fit()
    model.eval()
    scores: list[float] = []
    for photos in photos_of(task["judge"], backbone is not None):
        answer = model(photos)
        scores += answer.pred_score.flatten().tolist()
    return {"scores": scores, "seconds": time.monotonic() - started}


def main(given: Path, answered: Path) -> None:
    task = json.loads(given.read_bytes())
    version = importlib.import_module("anomalib").__version__
    models = {}
    for name in task["models"]:
        models[name] = train_and_score(name, task)
        print(f"anomalib {name}: {models[name]['seconds']:.0f} s", flush=True)
    backbone = "the backbone that anomalib downloads"
    if task["backbone"] is not None:
        backbone = "a local ImageNet MobileNetV2 (strides 8 and 16) for the WideResNet that could not be had"
    answer = {"version": version, "backbone": backbone, "models": models}
    answered.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
