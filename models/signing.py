"""Who vouches for a release: Ed25519 signatures beside its record, and the keys that a server trusts.

    openssl genpkey -algorithm ed25519 -out release.pem            # stays with who releases
    openssl pkey -in release.pem -pubout -out trusted.pem          # goes to every server
    ubora model sign my-first --key release.pem
    UBORA_RELEASE_KEYS=trusted.pem ubora serve                     # takes no release that nobody there signed

Signed is the record's own hash, and the record holds the hash of every file: it is of all of a bundle.
It stands in `bundle.sig`, a line a key, so that a release can be signed by several and again.
"""

import argparse
import base64
import hashlib
import importlib.util
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ubora.models.bundle import BundleError
from ubora.models.record import BundleRecord

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE = "bundle.sig"
MOST_BYTES = 64_000
EXTRA = "pip install 'ubora[signed]'"
_PUBLIC = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


class KeyFileError(ValueError):
    """A file of keys that cannot be used: what was found, what was expected, where."""


class TrustedKeys:
    """Whose releases are served."""

    def __init__(self, keys: "dict[str, Ed25519PublicKey]") -> None:
        self._keys = keys

    @classmethod
    def read(cls, path: Path) -> Self:
        """One or more public keys, PEM, one after another.

        Raises:
            KeyFileError: no such file, no key in it, or another kind of key.
        """
        _need_cryptography(path)
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        keys = {}
        for block in _PUBLIC.findall(_content(path)):
            try:
                key = load_pem_public_key(block)
            except ValueError:
                raise KeyFileError(f"{path}: a public key that cannot be read") from None
            if not isinstance(key, Ed25519PublicKey):
                raise KeyFileError(f"{path}: a key of another kind, expected Ed25519")
            keys[_key_id(key)] = key
        if not keys:
            raise KeyFileError(f"{path}: no public key, expected PEM as `openssl pkey -pubout` writes it")
        return cls(keys)

    def check(self, record: BundleRecord, folder: Path) -> str:
        """The id of a key here that signed this record.

        Raises:
            BundleError: none did.
        """
        from cryptography.exceptions import InvalidSignature

        lines = _signatures(folder)
        for key_id, signature in lines.items():
            if key_id not in self._keys:
                continue
            try:
                self._keys[key_id].verify(signature, _signed(record))
            except InvalidSignature:
                raise BundleError(f"{folder / SIGNATURE}: not of this release (key {key_id})") from None
            return key_id
        found = f"signed by {', '.join(lines)}" if lines else f"not signed, no {SIGNATURE}"
        raise BundleError(f"{folder}: {found}; expected a signature of {' or '.join(self._keys)}")


def sign(record: BundleRecord, folder: Path, key: Path) -> str:
    """Add a signature to a bundle, or renew that of the same key; returns the key's id.

    Args:
        key: an Ed25519 private key, PEM, without a password.

    Raises:
        KeyFileError: it is none.
        BundleError: what is there already is no file of signatures.
    """
    private = _private_key(key)
    key_id = _key_id(private.public_key())
    lines = _signatures(folder) | {key_id: private.sign(_signed(record))}
    text = "".join(f"{one} {base64.b64encode(signature).decode()}\n" for one, signature in lines.items())
    partial = folder / f".{SIGNATURE}.partial"
    with partial.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / SIGNATURE)
    return key_id


def trusted_option(parser: argparse.ArgumentParser) -> None:
    """`--release-keys FILE`; where it is not given UBORA_RELEASE_KEYS says it."""
    parser.add_argument(
        "--release-keys",
        type=Path,
        metavar="FILE",
        default=os.environ.get("UBORA_RELEASE_KEYS"),
        help="take no release but one signed by a public key in it; UBORA_RELEASE_KEYS says it too",
    )


def trusted_keys(path: Path | None) -> TrustedKeys | None:
    """None: every release is taken, signed or not. Errors as `TrustedKeys.read`."""
    return None if path is None else TrustedKeys.read(path)


def _private_key(path: Path) -> "Ed25519PrivateKey":
    _need_cryptography(path)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _content(path)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path}: no private key without a password, expected PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path}: a key of another kind, expected Ed25519")
    return key


def _need_cryptography(path: Path) -> None:
    if importlib.util.find_spec("cryptography") is None:
        raise KeyFileError(f"{path}: signatures need the package cryptography: {EXTRA}")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror or error}, expected a file of keys") from None


def _signed(record: BundleRecord) -> bytes:
    return b"ubora release " + record.record_sha256.encode()


def _key_id(key: "Ed25519PublicKey") -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _signatures(folder: Path) -> dict[str, bytes]:
    """Key id → signature; none where the bundle is not signed."""
    path = folder / SIGNATURE
    try:
        with path.open("rb") as file:
            lines = file.read(MOST_BYTES).decode("ascii").splitlines()
        parts = [line.split(" ") for line in lines]
        return {key_id: base64.b64decode(signature, validate=True) for key_id, signature in parts}
    except FileNotFoundError:
        return {}
    except ValueError:
        raise BundleError(f"{path}: expected lines of a key's id and a signature in base64") from None
