"""A photo as a person wants to look at it: the heat, a box around each finding, and the verdict below.

picture = marked_photo(data, prediction, verdict, inspector.record)
path = save_beside_others(picture, Path("marked"), Path("photos/bangle.jpg"))   # marked/bangle-marked.jpg
"""

import io
from itertools import count
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ubora.models.inference.heatmaps import draw_overlay
from ubora.models.inference.prediction import Prediction
from ubora.models.inference.preprocess import decode_photo
from ubora.models.record import BundleRecord
from ubora.models.verdict import Finding, Verdict

SMALLEST_PX, LARGEST_PX = 720, 1600
"""Longer side of what is written: the words stay readable, and a hundred photos stay small."""
QUALITY = 90
THIN = 0.7
PAPER, INK = (250, 248, 244), (32, 28, 24)
COLOURS = {"minor": (255, 214, 10), "major": (255, 140, 0), "critical": (255, 45, 85)}
"""A severity's frame; all stand out from brass, horn and bone."""


def marked_photo(data: bytes, prediction: Prediction, verdict: Verdict, record: BundleRecord) -> bytes:
    """JPEG bytes.

    Raises:
        PhotoError: as `decode_photo`.
    """
    photo = Image.fromarray(decode_photo(data, at_least=LARGEST_PX))
    longer = max(prediction.width, prediction.height)
    scale = min(max(longer, SMALLEST_PX), LARGEST_PX) / longer
    size = (max(1, round(prediction.width * scale)), max(1, round(prediction.height * scale)))
    photo = photo.resize(size, Image.Resampling.LANCZOS)
    heat = Image.open(io.BytesIO(draw_overlay(prediction, record))).convert("RGBA").resize(size)
    # Thinner than on a screen, where it is switched off to see what lies below.
    photo.paste(heat, mask=heat.getchannel("A").point([round(THIN * value) for value in range(256)]))
    letters = ImageFont.load_default(max(14, round(max(size) / 55)))
    pen = ImageDraw.Draw(photo)
    for finding in reversed(verdict.findings):  # the surest last, so that its words lie on top
        _mark(pen, finding, scale, size, letters)
    out = io.BytesIO()
    _with_caption(photo, _caption(verdict), letters).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def save_beside_others(picture: bytes, folder: Path, photo: Path) -> Path:
    """Write it under a name of its photo's that no other file has, and return that.

    Raises:
        OSError: the folder takes no file.
    """
    for number in count(1):
        path = folder / f"{photo.stem}-marked{'' if number == 1 else f'-{number}'}.jpg"
        try:
            with path.open("xb") as file:
                file.write(picture)
        except FileExistsError:
            continue
        return path
    raise AssertionError("count ends nowhere")


def _mark(
    pen: ImageDraw.ImageDraw,
    finding: Finding,
    scale: float,
    size: tuple[int, int],
    letters: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    x, y, width, height = (value * scale for value in finding.box)
    colour = COLOURS[finding.severity]
    thick = max(2, round(max(size) / 300))
    frame = (max(0, x), max(0, y), min(size[0] - 1, x + width), min(size[1] - 1, y + height))
    # A dark line around the bright one: seen on light ground too.
    pen.rectangle(frame, outline=INK, width=thick + 2)
    pen.rectangle(frame, outline=colour, width=thick)
    words = f"{finding.defect} {finding.score:.2f}"
    left, top, right, bottom = pen.textbbox((0, 0), words, font=letters)
    across, down = right - left + 8, bottom - top + 8
    # Above its frame, or inside where that leaves the photo.
    at_x = max(0, min(frame[0], size[0] - across))
    at_y = frame[1] - down if frame[1] >= down else frame[1]
    pen.rectangle((at_x, at_y, at_x + across, at_y + down), fill=colour)
    pen.text((at_x + 4 - left, at_y + 4 - top), words, fill=INK, font=letters)


def _caption(verdict: Verdict) -> list[str]:
    return [f"{verdict.outcome}, variance level {verdict.variance_level}", *verdict.reasons]


def _with_caption(
    photo: Image.Image, lines: list[str], letters: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> Image.Image:
    pen = ImageDraw.Draw(photo)
    room = photo.width - 24
    rows = [row for line in lines for row in _rows(pen, line, room, letters)]
    step = round(1.4 * pen.textbbox((0, 0), "Ag", font=letters)[3])
    page = Image.new("RGB", (photo.width, photo.height + step * len(rows) + 20), PAPER)
    page.paste(photo)
    pen = ImageDraw.Draw(page)
    for number, row in enumerate(rows):
        pen.text((12, photo.height + 10 + number * step), row, fill=INK, font=letters)
    return page


def _rows(
    pen: ImageDraw.ImageDraw, line: str, room: int, letters: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> list[str]:
    """A sentence, broken between words where it is wider than the photo."""
    rows = [""]
    for word in line.split():
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and pen.textlength(longer, font=letters) > room:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows
