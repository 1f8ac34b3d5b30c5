// A camera's 12-megapixel file → a JPEG small enough for 2G, upright, without the camera's metadata.

const LONG_SIDE_PX = 1280;
const ENOUGH_BYTES = 200_000;
const QUALITIES = [0.86, 0.78, 0.7, 0.6];

/** Throws when the picture cannot be opened. */
export async function shrinkPhoto(file) {
  const url = URL.createObjectURL(file);
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode(); // an <img> is turned upright by its EXIF orientation, and so is what it draws
    const scale = Math.min(1, LONG_SIDE_PX / Math.max(picture.naturalWidth, picture.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
    const pen = canvas.getContext("2d", { alpha: false });
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return { photo: await jpegOf(canvas), width: canvas.width, height: canvas.height };
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The best quality that is small enough, or else the smallest. */
async function jpegOf(canvas) {
  let jpeg = null;
  for (const quality of QUALITIES) {
    jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (jpeg && jpeg.size <= ENOUGH_BYTES) break;
  }
  if (!jpeg) throw new Error("the canvas gave no JPEG");
  return jpeg;
}
