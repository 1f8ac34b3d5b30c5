// What a file is that is no JPEG, PNG or WebP, as models/imaging/formats/foreign.py says it: the camera setting that helps is
// told before anything is kept or sent. tests/imaging/test_foreign_photos.py holds the two against each other.

const BEGINNING = 65_536; // a raw file's list of tags may stand behind a thumbnail

const WORDS = { format: "foreign.format", raw: "foreign.raw", video: "foreign.video", save: "foreign.save" };
const NAMES = { HEIC: "format", HEIF: "format", AVIF: "format", "JPEG XL": "format", RAW: "raw", DNG: "raw", MP4: "video", MOV: "video", WebM: "video", AVI: "video" };
const BRANDS = { avif: "AVIF", avis: "AVIF", mif1: "HEIF", msf1: "HEIF", mif2: "HEIF", miaf: "HEIF", "crx ": "RAW", "qt  ": "MOV" };
for (const brand of ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"]) BRANDS[brand] = "HEIC";
const MARKS = [
  [0, "\xff\x0a", "JPEG XL"],
  [0, "\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"],
  [0, "\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"],
  [0, "GIF87a", "GIF"],
  [0, "GIF89a", "GIF"],
  [0, "FUJIFILMCCD-RAW", "RAW"],
  [0, "IIRO", "RAW"],
  [0, "IIRS", "RAW"],
  [0, "MMOR", "RAW"],
  [0, "IIU\0", "RAW"],
  [0, "II+\0", "TIFF"],
  [0, "MM\0+", "TIFF"],
  [0, "\x1aE\xdf\xa3", "WebM"],
  [4, "moov", "MOV"],
  [4, "mdat", "MOV"],
  [4, "wide", "MOV"],
  [0, "%PDF-", "PDF"],
];

/** A file that the hub does not take, named: `word` of the catalogue with its `values`. */
export class Unreadable extends Error {
  word = "unreadable";
  values = {};
}

/** @throws Unreadable where the file is of a kind that the hub does not take */
export async function mustBeOurs(file) {
  const name = nameOf(new Uint8Array(await file.slice(0, BEGINNING).arrayBuffer()));
  if (name) throw Object.assign(new Unreadable(name), { word: WORDS[NAMES[name] ?? "save"], values: { name } });
}

/** @param {Uint8Array} bytes the first of a file @returns {string|null} */
export function nameOf(bytes) {
  const text = (from, to) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(4, 8) === "ftyp") return byBrand(bytes, text);
  if (["II*\0", "MM\0*"].includes(text(0, 4))) return tiff(bytes, text);
  if (text(0, 2) === "BM" && [12, 40, 52, 56, 64, 108, 124].includes(number(bytes, 14, 4, true))) return "BMP";
  if (text(0, 4) === "RIFF" && text(8, 12) === "AVI ") return "AVI";
  return MARKS.find(([at, mark]) => text(at, at + mark.length) === mark)?.[2] ?? null;
}

function byBrand(bytes, text) {
  const brands = [text(8, 12)];
  const end = Math.min(number(bytes, 0, 4, false), 80, bytes.length);
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text(at, at + 4));
  const known = brands.map((brand) => BRANDS[brand]).filter(Boolean);
  return known.find((name) => name !== "HEIF") ?? known[0] ?? "MP4";
}

function tiff(bytes, text) {
  if (text(8, 10) === "CR") return "RAW";
  const little = bytes[0] === 0x49;
  const at = number(bytes, 4, 4, little);
  const tags = new Set();
  for (let n = Math.min(number(bytes, at, 2, little), 64); n > 0; n -= 1) tags.add(number(bytes, at + 2 + 12 * (n - 1), 2, little));
  if (tags.has(0xc612)) return "DNG";
  return tags.has(0x010f) && tags.has(0x014a) ? "RAW" : "TIFF";
}

/** What is behind the end of the bytes is left out, as in Python's slices. */
function number(bytes, at, length, little) {
  const part = [...bytes.subarray(at, at + length)];
  return (little ? part.reverse() : part).reduce((value, byte) => value * 256 + byte, 0);
}
