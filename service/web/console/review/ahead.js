// The piece that comes after the one in view, fetched and decoded before it is asked for.

import { photosOf } from "../piece/appeal.js";
import { sampleOf } from "../piece/designs.js";
import { photoToOpen } from "./strongest.js";

/** Its photo that opens first, with the heat of it; what stands for its design; then its other photos. */
function picturesOf(piece, design) {
  const photos = photosOf(piece).filter(({ removed_at: gone }) => !gone);
  const first = photosOf(piece)[photoToOpen(piece)];
  const rest = photos.flatMap(({ photo_url: seen, heatmap_url: heat }) => [seen, heat]);
  const samples = design?.approved_photos ?? [];
  return [...new Set([first.photo_url, first.heatmap_url, ...samples, ...rest])].filter(Boolean);
}

export class Ahead {
  constructor(api, house) {
    Object.assign(this, { api, house });
    this.kept = []; // a decoded picture is thrown away where nobody holds it
  }

  /** One that does not come now is asked for again when its piece is opened. */
  async load(piece) {
    if (!piece) return;
    const loaded = picturesOf(piece, sampleOf(piece, this.house)).map(async (url) => {
      const image = new Image();
      image.src = await this.api.photo(url);
      await image.decode();
      return image;
    });
    this.kept = (await Promise.allSettled(loaded)).flatMap(({ value }) => value ?? []);
  }
}
