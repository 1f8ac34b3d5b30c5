// A camera's 12-megapixel file → a JPEG small enough for 2G, upright, without the camera's metadata: a canvas holds
// pixels alone, so neither place nor time nor phone goes along. It holds them as sRGB, whatever the camera wrote
// (Display P3), and what can be seen through stands on white, as the hub reads it.

import { decodesWhole, isWhole } from "./ending.js";
import { Unreadable } from "./foreign.js";

const LONG_SIDES_PX = [1280, 1080, 900, 720];
const MOST_BYTES = 200_000;
const QUALITIES = [0.86, 0.78, 0.7, 0.6];

/**
 * @param {Blob} file
 * @returns {Promise<{photo: Blob, width: number, height: number, canvas: HTMLCanvasElement}>}
 * @throws when the picture cannot be opened; Unreadable where a part of it is missing
 */
export async function shrinkPhoto(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!isWhole(bytes) || !(await decodesWhole(bytes))) {
    throw Object.assign(new Unreadable("cut short"), { word: "cut_short" });
  }
  const url = URL.createObjectURL(file);
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode(); // an <img> is turned upright by its EXIF orientation, and so is what it draws
    for (const side of LONG_SIDES_PX) {
      const canvas = drawn(picture, side);
      const photo = await jpegOf(canvas);
      if (photo.size <= MOST_BYTES || side === LONG_SIDES_PX[LONG_SIDES_PX.length - 1]) {
        return { photo, width: canvas.width, height: canvas.height, canvas };
      }
    }
    throw new Error("unreachable");
  } finally {
    URL.revokeObjectURL(url);
  }
}

function drawn(picture, side) {
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d", { alpha: false, colorSpace: "srgb" });
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const THUMB_PX = 96;

/** A small square of its middle for lists, as a data: address of some two kilobytes, which is kept with its piece. */
export function thumbOf(source) {
  const { width, height } = source;
  const side = Math.min(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = THUMB_PX;
  const pen = canvas.getContext("2d", { alpha: false });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, THUMB_PX, THUMB_PX);
  return canvas.toDataURL("image/jpeg", 0.7);
}

/** The best quality that is small enough, or else the smallest. */
async function jpegOf(canvas) {
  let jpeg = null;
  for (const quality of QUALITIES) {
    jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (jpeg && jpeg.size <= MOST_BYTES) break;
  }
  if (!jpeg) throw new Error("the canvas gave no JPEG");
  return jpeg;
}
