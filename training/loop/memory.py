"""Keep the memory of one step for the next.

    keep_freed_memory()     # before the first tensors, in the training process alone

torch on a CPU frees every large buffer to the C library, and glibc hands it back to the system at once; the
next step takes it again, page fault by page fault: some 30,000 a step of 8 photos of 384 px, one or two when
told to keep it. What that saves is the machine's affair (measured: 3 to 45 % of a step). The process then
stays as large as its largest step; worker processes, which fork from it, inherit that and allocate little.
"""

import ctypes
import platform

# From glibc's malloc.h; its manual, "Malloc Tunable Parameters".
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8


def keep_freed_memory() -> bool:
    """Make glibc keep what is freed. False, and nothing changed, where the C library is another."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = (
        (_MMAP_MAX, 0),  # large buffers come from the heap as well
        (_TRIM_THRESHOLD, 2**31 - 1),  # which is not cut at its end
        (_TOP_PAD, 256 << 20),  # and grows in large pieces
        (_ARENA_MAX, 1),  # one heap: what one thread frees, another takes
    )
    return [mallopt(name, value) for name, value in settings] == [1] * len(settings)
