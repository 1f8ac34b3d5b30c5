// Where a heatmap is above its class's threshold: its overlay has at each place the class that is strongest for its
// own threshold, and half of its scale is that threshold (models/inference/heatmaps.py).

const AT_THRESHOLD = 150; // of 255: how opaque the overlay is there

/** @returns {Promise<{hot: Uint8Array, width: number, height: number}>} a byte a pixel of the overlay */
export async function hotPart(src) {
  const image = new Image();
  image.src = src;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const place = canvas.getContext("2d", { willReadFrequently: true });
  place.drawImage(image, 0, 0);
  const { data } = place.getImageData(0, 0, width, height);
  return { hot: Uint8Array.from({ length: width * height }, (_, at) => Number(data[4 * at + 3] >= AT_THRESHOLD)), width, height };
}
