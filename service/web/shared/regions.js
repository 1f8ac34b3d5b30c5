// Regions that a person marked on a photo, pixel by pixel: COCO's run lengths, read and laid over the photo.

const MOST = 1024; // pixels of the layer's longer side
const RIM = 300; // of them to a pixel of the outline
const COLOUR = [127, 227, 255]; // as all that people mark
const [FILL, LINE] = [96, 255];

/** COCO's compressed counts: runs down the columns, beginning with those that are not in it. */
function countsOf(text) {
  const counts = [];
  let [value, shift] = [0, 0];
  for (const character of text) {
    const bits = character.charCodeAt(0) - 48;
    value += (bits & 31) * 2 ** shift;
    shift += 5;
    if (bits & 32) continue;
    if (bits & 16) value -= 2 ** shift;
    counts.push(counts.length > 2 ? value + counts.at(-2) : value);
    [value, shift] = [0, 0];
  }
  return counts;
}

/** A byte a pixel, row by row: 1 where the region is. */
export function pixelsOf({ size: [height, width], counts }) {
  const pixels = new Uint8Array(width * height);
  let at = 0;
  countsOf(counts).forEach((count, index) => {
    for (const end = at + count; at < end; at += 1) if (index % 2) pixels[(at % height) * width + Math.floor(at / height)] = 1;
  });
  return pixels;
}

/** @param {Uint8Array[]} regions  as of `pixelsOf`, all of the one photo */
export function paintRegions(canvas, regions, { width, height }) {
  const scale = Math.max(1, Math.max(width, height) / MOST);
  const [across, down] = [Math.round(width / scale), Math.round(height / scale)];
  Object.assign(canvas, { width: across, height: down });
  const place = canvas.getContext("2d");
  const image = place.createImageData(across, down);
  const rim = Math.max(1, Math.round(Math.max(across, down) / RIM));
  for (const region of regions) {
    const is = (x, y) => x >= 0 && y >= 0 && x < across && y < down && region[Math.floor(y * scale) * width + Math.floor(x * scale)] === 1;
    for (let y = 0; y < down; y += 1) {
      for (let x = 0; x < across; x += 1) {
        if (!is(x, y)) continue;
        const inner = is(x - rim, y) && is(x + rim, y) && is(x, y - rim) && is(x, y + rim);
        image.data.set([...COLOUR, inner ? FILL : LINE], 4 * (y * across + x));
      }
    }
  }
  place.putImageData(image, 0, 0);
}

/** A layer for a figure of photo.js; null where none of the marks has a region. */
export function regionsLayer(marks, { width, height }) {
  const regions = marks.flatMap(({ mask }) => (mask ? [pixelsOf(mask)] : []));
  if (regions.length === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.className = "photo-regions";
  canvas.setAttribute("aria-hidden", "true");
  paintRegions(canvas, regions, { width, height });
  return canvas;
}
