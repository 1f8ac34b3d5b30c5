// Is the photo good enough to send? Judged on the phone, before it costs data: the same faults as the service's gate
// (models/inference/photo_faults.py), found without a network on a copy of at most 320 px. She may send it all the same.
//
//   const { faults, measures } = await judge(canvas)      // faults: [] or ["too_far", "dark", "glare", "blur"]
//
// The limits were set on the photos of datasets/rendered whose faults are known; tests/phone/photo/test_check.py counts how
// often they agree. They are on the quiet side: a good photo is rarely called bad, and the service looks again.

const COPY_PX = 320;
const MIDDLE = 0.2; // what lies within 20 % of an edge is bench more often than piece
const COARSE = 4; // cells of 4 × 4 pixels, to find what stands out from the bench
const STANDS_OUT = 14; // distance in colour from everything that reaches the edge

export const LIMITS = {
  max_spread: 0.165, // less: all that stands out from the bench is one small thing
  min_light: 66, // mean grey of the middle, 0–255
  max_blown: 0.045, // share of the middle that is white in all three colours, beyond that of the bench around it
  min_sharpness: 45, // variance of the Laplacian within the middle
};

/** @returns {Promise<{faults: string[], measures: object}>} the most helpful instruction first */
export async function judge(source) {
  const measures = measure(smallCopy(source));
  const found = {
    too_far: measures.spread < LIMITS.max_spread,
    dark: measures.light < LIMITS.min_light,
    glare: measures.blown > LIMITS.max_blown,
    blur: measures.sharpness < LIMITS.min_sharpness,
  };
  // In the dark nothing is sharp and nothing stands out: one instruction at a time, and that one helps first.
  if (found.dark) return { faults: ["dark"], measures };
  return { faults: Object.keys(found).filter((fault) => found[fault]), measures };
}

function smallCopy(source) {
  const width = source.naturalWidth ?? source.width;
  const height = source.naturalHeight ?? source.height;
  const scale = Math.min(1, COPY_PX / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(8, Math.round(width * scale));
  canvas.height = Math.max(8, Math.round(height * scale));
  const pen = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** @param {ImageData} copy */
export function measure({ data, width, height }) {
  const grey = new Float32Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    grey[at] = 0.299 * data[from] + 0.587 * data[from + 1] + 0.114 * data[from + 2];
  }
  const left = Math.floor(width * MIDDLE);
  const top = Math.floor(height * MIDDLE);
  const middle = { left, top, right: width - left, bottom: height - top };
  return {
    ...lightOf({ data, width, height }, grey, middle),
    sharpness: sharpnessOf(grey, width, middle),
    spread: spreadOf(cellsOf({ data, width, height })),
  };
}

const BLOWN = 245;

function lightOf({ data, width, height }, grey, middle) {
  let sum = 0;
  let inside = 0;
  let blown = 0;
  let blownAround = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const white = Math.min(data[4 * at], data[4 * at + 1], data[4 * at + 2]) >= BLOWN;
      if (x >= middle.left && x < middle.right && y >= middle.top && y < middle.bottom) {
        sum += grey[at];
        inside += 1;
        if (white) blown += 1;
      } else if (white) {
        blownAround += 1;
      }
    }
  }
  // A sheet of white paper is white all around too, and no glare.
  const around = blownAround / (width * height - inside);
  return { light: sum / inside, blown: Math.max(0, blown / inside - around) };
}

function sharpnessOf(grey, width, { left, top, right, bottom }) {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = top + 1; y < bottom - 1; y += 1) {
    for (let x = left + 1; x < right - 1; x += 1) {
      const at = y * width + x;
      const edge = grey[at - 1] + grey[at + 1] + grey[at - width] + grey[at + width] - 4 * grey[at];
      sum += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  return squares / count - (sum / count) ** 2;
}

/** Mean colours of 4 × 4 pixels as lightness and two opponent colours: columns, rows and three numbers a cell. */
function cellsOf({ data, width, height }) {
  const columns = Math.floor(width / COARSE);
  const rows = Math.floor(height / COARSE);
  const colours = new Float32Array(3 * columns * rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const sums = [0, 0, 0];
      for (let y = row * COARSE; y < (row + 1) * COARSE; y += 1) {
        for (let x = column * COARSE; x < (column + 1) * COARSE; x += 1) {
          for (let c = 0; c < 3; c += 1) sums[c] += data[4 * (y * width + x) + c];
        }
      }
      const [red, green, blue] = sums.map((total) => total / COARSE ** 2);
      const at = 3 * (row * columns + column);
      colours[at] = (red + green + blue) / 3;
      colours[at + 1] = 1.5 * (red - blue);
      colours[at + 2] = 1.5 * (green - (red + blue) / 2);
    }
  }
  return { columns, rows, colours };
}

const BIN = 16;

/** The colours of the bench: those that come up again and again along the edge. */
function benchOf({ columns, rows, colours }) {
  const rim = Math.max(2, Math.round(0.08 * Math.min(columns, rows)));
  const seen = new Map();
  let count = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const inside = row >= rim && row < rows - rim && column >= rim && column < columns - rim;
      if (inside) continue;
      const at = 3 * (row * columns + column);
      const bin = [0, 1, 2].map((c) => Math.round(colours[at + c] / BIN));
      const name = bin.join();
      const known = seen.get(name) ?? { bin, times: 0 };
      known.times += 1;
      seen.set(name, known);
      count += 1;
    }
  }
  const often = Math.max(2, 0.004 * count);
  return [...seen.values()].filter(({ times }) => times >= often).map(({ bin }) => bin.map((value) => value * BIN));
}

/** How far apart lies what stands out from the bench, in frames; 1 where nothing does, so that nothing is said. */
function spreadOf(cells) {
  const { columns, rows, colours } = cells;
  const bench = benchOf(cells);
  const weights = new Float32Array(columns * rows);
  let [sum, x, y] = [0, 0, 0];
  for (let at = 0; at < weights.length; at += 1) {
    let nearest = Infinity;
    for (const [a, b, c] of bench) {
      const away = (colours[3 * at] - a) ** 2 + (colours[3 * at + 1] - b) ** 2 + (colours[3 * at + 2] - c) ** 2;
      if (away < nearest) nearest = away;
    }
    const weight = Math.max(0, Math.sqrt(nearest) - STANDS_OUT);
    weights[at] = weight;
    sum += weight;
    x += weight * (at % columns);
    y += weight * Math.floor(at / columns);
  }
  if (sum === 0) return 1;
  x /= sum;
  y /= sum;
  let squares = 0;
  for (let at = 0; at < weights.length; at += 1) {
    const across = ((at % columns) - x) / columns;
    const down = (Math.floor(at / columns) - y) / rows;
    squares += weights[at] * (across ** 2 + down ** 2);
  }
  return Math.sqrt(squares / sum);
}
