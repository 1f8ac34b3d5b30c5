"""A secret in a file that its owner alone can read, kept together with what makes it valid.

with secret_file(path) as write:
    with ledger.write() as session:
        …
        write(token)      # where the ledger then fails to keep it, the file goes again
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def secret_file(path: Path) -> Iterator[Callable[[str], None]]:
    """
    Raises:
        OSError: it cannot be written.
    """

    def write(text: str) -> None:
        path.unlink(missing_ok=True)
        # Readable by nobody else from its first byte on.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            written.append(path)
            file.write(text)

    written: list[Path] = []
    try:
        yield write
    except BaseException:
        for one in written:
            one.unlink(missing_ok=True)
        raise
