// Is all of a photo there? A canvas draws half a photo without a word, black or grey below, and makes a whole file of
// it. The same question as models/imaging/ending.py asks; tests/phone/photo/test_ending.py holds the two together.
//
//   isWhole(bytes)      // of a JPEG, PNG or WebP; what follows the picture (a clip) is no matter
//
// In a JPEG of one scan every coefficient is looked for: the code of each is read, its value is not. Of several scans
// each must be there and the last one ended. Source: ITU-T T.81, annexes B and F.

const [DHT, END, SCAN, DRI] = [0xc4, 0xd9, 0xda, 0xdd];
const FRAMES = [0xc0, 0xc1, 0xc2];

/** @param {Uint8Array} bytes */
export function isWhole(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return isWholeJpeg(bytes);
  if (text(bytes, 0, 4) === "\x89PNG") return isWholePng(bytes);
  if (text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 12) === "WEBP") return isWholeWebp(bytes);
  return true; // the browser says whether it is a picture at all
}

/**
 * The same of a PNG or WebP, whose pixels may stop early within parts that are whole: asked of the browser's own
 * decoder, where it has one that says so. Phones' cameras write neither, so it costs a photo nothing.
 */
export async function decodesWhole(bytes) {
  const type = text(bytes, 1, 4) === "PNG" ? "image/png" : text(bytes, 8, 12) === "WEBP" ? "image/webp" : null;
  if (!type || !self.ImageDecoder) return true;
  const decoder = new ImageDecoder({ data: bytes, type });
  try {
    (await decoder.decode()).image.close();
    return true;
  } catch {
    return false;
  } finally {
    decoder.close();
  }
}

const text = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));
const short = (bytes, at) => bytes[at] * 256 + bytes[at + 1];

function isWholePng(bytes) {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const stop = at + 12 + short(bytes, at) * 65_536 + short(bytes, at + 2);
    if (text(bytes, at + 4, at + 8) === "IEND") return stop <= bytes.length;
    at = stop;
  }
  return false;
}

function isWholeWebp(bytes) {
  const length = bytes[4] + bytes[5] * 256 + bytes[6] * 65_536 + bytes[7] * 16_777_216;
  return 8 + length <= bytes.length;
}

function isWholeJpeg(bytes) {
  const found = { tables: {}, interval: 0, frame: null, missing: null };
  let scan = null;
  for (let at = 2; ; ) {
    const marker = nextMarker(bytes, at, scan !== null);
    if (scan) scan.stop = marker;
    if (found.missing?.size === 0) return found.frame.several || !lacksSome(bytes, found, scan);
    if (marker + 4 > bytes.length || bytes[marker + 1] === END) return false;
    const kind = bytes[marker + 1];
    at = marker + 2 + short(bytes, marker + 2);
    if (at > bytes.length) return false;
    const said = bytes.subarray(marker + 4, at);
    if (kind === DHT) readTables(said, found.tables);
    else if (kind === DRI) found.interval = short(said, 0);
    else if (FRAMES.includes(kind)) found.frame ??= readFrame(said, kind === 0xc2);
    else if (kind === SCAN) {
      if (!found.frame) return true; // of a kind that is left to the browser
      scan = { said, start: at, stop: at };
      found.missing ??= new Set(found.frame.colours.flatMap(({ id }) => numbers(64).map((n) => id * 64 + n)));
      bring(said, found);
    }
  }
}

const numbers = (count) => [...Array(count).keys()];

/** Where the next marker is; within a scan neither a stuffed zero nor a restart is one. */
function nextMarker(bytes, from, inScan) {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const kind = bytes[at + 1];
    if (kind === undefined) break;
    if (kind !== 0 && kind !== 0xff && !(kind >= 0xd0 && kind <= 0xd7) && (inScan || kind > 0xbf)) return at;
  }
  return bytes.length;
}

function readFrame(said, progressive) {
  const colours = numbers(said[5]).map((n) => {
    const [id, both] = said.subarray(6 + 3 * n);
    return { id, across: both >> 4 || 1, down: both & 15 || 1 };
  });
  const most = (way) => Math.max(...colours.map((colour) => colour[way]));
  const size = { height: short(said, 1), width: short(said, 3), across: most("across"), down: most("down") };
  return { ...size, colours, progressive, several: progressive };
}

/** A scan's coefficients that have their last bit now. One colour after the other is several scans too. */
function bring(said, { frame, missing }) {
  const colours = numbers(said[0]).map((n) => said[1 + 2 * n]);
  const [first, last, bits] = said.subarray(1 + 2 * said[0]);
  frame.several ||= said[0] < frame.colours.length;
  if (frame.progressive && bits & 15) return;
  const [from, to] = frame.progressive ? [first, last] : [0, 63];
  for (const id of colours) for (let n = from; n <= to; n += 1) missing.delete(id * 64 + n);
}

/** Huffman tables → for the next 16 bits the length of their code times 256, plus what it stands for. */
function readTables(said, tables) {
  for (let at = 0; at + 17 <= said.length; ) {
    const table = new Uint16Array(65_536);
    let [place, value] = [0, at + 17];
    for (let length = 1; length <= 16; length += 1) {
      for (let left = said[at + length]; left > 0; left -= 1, value += 1) {
        const stop = place + (1 << (16 - length));
        table.fill(length * 256 + said[value], place, stop);
        place = stop;
      }
    }
    tables[said[at]] = table;
    at = value;
  }
}

/** Whether a scan of all colours ends before its last coefficient. */
function lacksSome(bytes, { frame, tables, interval }, scan) {
  const blocks = [];
  for (let n = 0; n < scan.said[0]; n += 1) {
    const [id, which] = scan.said.subarray(1 + 2 * n);
    const colour = frame.colours.find((one) => one.id === id);
    const pair = [tables[which >> 4], tables[16 + (which & 15)]];
    if (!colour || !pair[0] || !pair[1]) return false; // the tables are elsewhere: left to the browser
    const count = frame.colours.length === 1 ? 1 : colour.across * colour.down;
    for (let block = 0; block < count; block += 1) blocks.push(pair);
  }
  const [across, down] = frame.colours.length === 1 ? [1, 1] : [frame.across, frame.down];
  const units = Math.ceil(frame.width / (8 * across)) * Math.ceil(frame.height / (8 * down));
  const bits = new Bits(bytes, scan.start, scan.stop);
  for (let unit = 0; unit < units; unit += 1) {
    if (interval && unit && unit % interval === 0 && !bits.restart((unit / interval - 1) % 8)) return true;
    for (const [first, others] of blocks) {
      bits.skip(bits.code(first) & 15);
      for (let n = 1; n < 64; n += 1) {
        const code = bits.code(others);
        if (code === 0) break;
        n += code >> 4;
        bits.skip(code & 15);
      }
    }
    if (bits.left < 0) return true;
  }
  return false;
}

/** The bits of a scan; behind its end there are zeros, and `left` is below none. */
class Bits {
  #held = 0;
  left = 0; // of those held
  #ended = false;

  constructor(bytes, at, stop) {
    Object.assign(this, { bytes, at, stop });
  }

  #more() {
    while (this.left <= 16 && !this.#ended) {
      const byte = this.bytes[this.at];
      const next = byte === 0xff ? this.bytes[this.at + 1] : 0;
      this.#ended = this.at >= this.stop || next !== 0;
      if (this.#ended) return;
      this.#held = ((this.#held << 8) | byte) & 0xffffff;
      this.at += byte === 0xff ? 2 : 1;
      this.left += 8;
    }
  }

  /** The value of the next code. */
  code(table) {
    if (this.left < 16) this.#more();
    const shift = this.left - 16;
    const seen = shift >= 0 ? this.#held >> shift : this.left > 0 ? this.#held << -shift : 0;
    const found = table[seen & 0xffff];
    this.left -= found >> 8 || 16;
    return found & 255;
  }

  skip(count) {
    if (this.left < count) this.#more();
    this.left -= count;
  }

  /** Go on behind the restart marker of that number. @returns is it the next? */
  restart(number) {
    if (this.left < 0) return false;
    while (this.at < this.stop && !(this.bytes[this.at] === 0xff && (this.bytes[this.at + 1] & 0xf8) === 0xd0)) this.at += 1;
    if (this.at >= this.stop || (this.bytes[this.at + 1] & 7) !== number) return false;
    Object.assign(this, { at: this.at + 2, left: 0 });
    this.#ended = false;
    return true;
  }
}
