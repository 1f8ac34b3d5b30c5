"""Finding and loading Mitsuba and the denoiser, once a process, and only when something is rendered."""

import ctypes.util
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np


def load_mitsuba() -> tuple[Any, str]:
    if "DRJIT_LIBLLVM_PATH" not in os.environ:
        found = sorted(Path("/usr/lib").glob("*/libLLVM*19*")) + sorted(
            Path("/usr/lib/llvm-19/lib").glob("libLLVM*.so*")
        )
        if found:
            os.environ["DRJIT_LIBLLVM_PATH"] = str(found[0])
    import mitsuba as mi

    usable = "DRJIT_LIBLLVM_PATH" in os.environ or (
        sys.platform != "linux" and ctypes.util.find_library("LLVM")
    )
    variant = "llvm_ad_rgb" if usable and "llvm_ad_rgb" in mi.variants() else "scalar_rgb"
    if variant == "scalar_rgb":
        warnings.warn(
            "LLVM 19 not found (Debian: libllvm19); rendering with scalar_rgb, about 4 times slower",
            stacklevel=2,
        )
    mi.set_variant(variant)
    mi.set_log_level(mi.LogLevel.Error)
    return mi, variant


def load_denoiser() -> Any:
    try:
        import pyoidn
    except ImportError:
        warnings.warn("pyoidn is not installed; photos are not denoised: raise --samples", stacklevel=2)
        return lambda colour, albedo, normal: cv2.medianBlur(np.ascontiguousarray(colour), 3)
    return lambda colour, albedo, normal: np.asarray(
        pyoidn.denoise(colour, albedo=albedo, normal=normal, hdr=True)
    )


def opaque(mi: Any, value: float) -> Any:
    """A number that kernels read instead of containing it."""
    if mi.variant().startswith("scalar"):
        return value
    import drjit

    return drjit.opaque(mi.Float, value)
