"""Finding and loading Mitsuba and the denoiser, once a process, and only when something is rendered."""

import ctypes
import ctypes.util
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np

# glibc's malloc.h; the largest threshold it takes on 64 bits is 32 MB.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3


def keep_freed_memory() -> None:
    """Let freed arrays be used again by the process instead of going back to the system.

    A photo makes and drops hundreds of arrays of some megabytes; without this, half of the time went into the
    kernel clearing pages. Does nothing where the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, 32 << 20)
        mallopt(_TRIM_THRESHOLD, 1 << 30)
        mallopt(_TOP_PAD, 256 << 20)


def load_mitsuba(threads: int | None = None, variant: str | None = None) -> tuple[Any, str]:
    """Mitsuba with the fastest variant that runs here (or `variant`), and the variant's name.

    `threads` bounds its threads and the denoiser's: processes that together have more threads than there are
    cores wait for each other by spinning.
    """
    keep_freed_memory()
    if threads is not None:
        os.environ["OIDN_NUM_THREADS"] = str(threads)
    if "DRJIT_LIBLLVM_PATH" not in os.environ:
        libraries = sorted(Path("/usr/lib").glob("*/libLLVM*19*")) + sorted(
            Path("/usr/lib/llvm-19/lib").glob("libLLVM*.so*")
        )
        if libraries:
            os.environ["DRJIT_LIBLLVM_PATH"] = str(libraries[0])
    import mitsuba as mi

    if variant is None:
        usable = "DRJIT_LIBLLVM_PATH" in os.environ or (
            sys.platform != "linux" and ctypes.util.find_library("LLVM")
        )
        variant = "llvm_ad_rgb" if usable and "llvm_ad_rgb" in mi.variants() else "scalar_rgb"
        if variant == "scalar_rgb":
            warnings.warn(
                "LLVM 19 not found (Debian: libllvm19); rendering with scalar_rgb, several times slower",
                stacklevel=2,
            )
    mi.set_variant(variant)
    mi.set_log_level(mi.LogLevel.Error)
    if threads is not None and variant != "scalar_rgb":
        import drjit

        drjit.set_thread_count(threads)
    return mi, variant


def load_denoiser() -> Any:
    """A function of colour, albedo and normal (H, W, 3) float32 that answers the colour without its noise."""
    try:
        import pyoidn
    except ImportError:
        warnings.warn("pyoidn is not installed; photos are not denoised: raise --samples", stacklevel=2)
        return lambda colour, albedo, normal: cv2.medianBlur(np.ascontiguousarray(colour), 3)
    return lambda colour, albedo, normal: np.asarray(
        pyoidn.denoise(colour, albedo=albedo, normal=normal, hdr=True, clean_aux=True, quality="balanced")
    )


def opaque(mi: Any, value: float) -> Any:
    """A number that kernels read instead of containing it."""
    if mi.variant().startswith("scalar"):
        return value
    import drjit

    return drjit.opaque(mi.Float, value)
