// Regions of a photo as bytes, row by row, 1 where the region is: drawn into, and written as COCO's run lengths.

/** @returns {{size: [number, number], counts: string}} as `pixelsOf` of shared/regions.js reads it */
export function written(pixels, { width, height }) {
  const counts = [];
  let [value, run] = [0, 0];
  for (let x = 0; x < width; x += 1) {
    for (let at = x; at < pixels.length; at += width) {
      if (pixels[at] === value) run += 1;
      else {
        counts.push(run);
        [value, run] = [pixels[at], 1];
      }
    }
  }
  counts.push(run);
  return { size: [height, width], counts: packed(counts) };
}

function packed(counts) {
  let text = "";
  counts.forEach((count, index) => {
    let left = index > 2 ? count - counts[index - 2] : count;
    let more = true;
    while (more) {
      const bits = left & 31;
      left >>= 5;
      more = left !== (bits & 16 ? -1 : 0);
      text += String.fromCharCode(bits + (more ? 32 : 0) + 48);
    }
  });
  return text;
}

/** x, y, width, height around it; null where it is empty. */
export function boxOf(pixels, { width, height }) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (!pixels[at]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? null : [left, top, right - left + 1, bottom - top + 1];
}

/** A round brush goes from one place to another. `value` 0 erases. */
export function stroke(pixels, { width, height }, from, to, radius, value = 1) {
  const [across, down] = [to.x - from.x, to.y - from.y];
  const length = across ** 2 + down ** 2;
  const rows = [Math.floor(Math.min(from.y, to.y) - radius), Math.ceil(Math.max(from.y, to.y) + radius)];
  const columns = [Math.floor(Math.min(from.x, to.x) - radius), Math.ceil(Math.max(from.x, to.x) + radius)];
  for (let y = Math.max(0, rows[0]); y <= Math.min(height - 1, rows[1]); y += 1) {
    for (let x = Math.max(0, columns[0]); x <= Math.min(width - 1, columns[1]); x += 1) {
      const [dx, dy] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = length ? Math.min(1, Math.max(0, (dx * across + dy * down) / length)) : 0;
      if ((dx - along * across) ** 2 + (dy - along * down) ** 2 <= radius ** 2) pixels[y * width + x] = value;
    }
  }
}

/** What lies within a polygon, its lines crossing themselves or not. */
export function filled(pixels, { width, height }, points) {
  for (let y = 0; y < height; y += 1) {
    const crossings = points
      .flatMap((one, at) => {
        const other = points[(at + 1) % points.length];
        const middle = y + 0.5;
        if (one.y <= middle === other.y <= middle) return [];
        return [one.x + ((middle - one.y) / (other.y - one.y)) * (other.x - one.x)];
      })
      .sort((a, b) => a - b);
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const [begin, end] = [Math.max(0, Math.round(crossings[at])), Math.min(width, Math.round(crossings[at + 1]))];
      if (end > begin) pixels.fill(1, y * width + begin, y * width + end);
    }
  }
}

/** The same elsewhere; what would leave the photo stays at its edge: null. */
export function shifted(pixels, size, across, down) {
  const box = boxOf(pixels, size);
  if (!box) return null;
  const [x, y, w, h] = box;
  if (x + across < 0 || y + down < 0 || x + w + across > size.width || y + h + down > size.height) return null;
  const moved = new Uint8Array(pixels.length);
  for (let row = y; row < y + h; row += 1) {
    const begin = row * size.width + x;
    moved.set(pixels.subarray(begin, begin + w), begin + down * size.width + across);
  }
  return moved;
}

/**
 * The connected part of what is hot that holds a place, or lies next to it.
 * @param {Uint8Array} hot  of a map of `size`, which may be coarser than the photo
 * @param {{x: number, y: number}} at  pixels of the map
 * @param {number} reach  of the map, how far off the place may be
 * @returns {Uint8Array|null} of the map; null where nothing is hot there
 */
export function grown(hot, { width, height }, at, reach) {
  const near = nearest(hot, { width, height }, at, reach);
  if (near < 0) return null;
  const part = new Uint8Array(hot.length);
  const open = [near];
  part[near] = 1;
  while (open.length) {
    const here = open.pop();
    const x = here % width;
    const beside = [x > 0 && here - 1, x + 1 < width && here + 1, here - width, here + width];
    for (const next of beside) {
      if (next === false || next < 0 || next >= hot.length || part[next] || !hot[next]) continue;
      part[next] = 1;
      open.push(next);
    }
  }
  return part;
}

function nearest(hot, { width, height }, at, reach) {
  let [found, least] = [-1, Infinity];
  for (let y = Math.max(0, Math.floor(at.y - reach)); y <= Math.min(height - 1, at.y + reach); y += 1) {
    for (let x = Math.max(0, Math.floor(at.x - reach)); x <= Math.min(width - 1, at.x + reach); x += 1) {
      const far = (x + 0.5 - at.x) ** 2 + (y + 0.5 - at.y) ** 2;
      if (hot[y * width + x] && far < least) [found, least] = [y * width + x, far];
    }
  }
  return found;
}

/** A part of a coarse map, laid onto a photo. */
export function laid(pixels, photo, part, map) {
  const [across, down] = [map.width / photo.width, map.height / photo.height];
  for (let y = 0; y < photo.height; y += 1) {
    const row = Math.floor((y + 0.5) * down) * map.width;
    for (let x = 0; x < photo.width; x += 1) {
      if (part[row + Math.floor((x + 0.5) * across)]) pixels[y * photo.width + x] = 1;
    }
  }
}
