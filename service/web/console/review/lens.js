// How near and where one looks at a photo: a scale, and the place in the middle, as shares of the photo's sides. It
// knows nothing of a page, so that two photos beside each other can share one.

const MOST = 16;
const CLOSER = 2.5;

export class Lens {
  constructor() {
    this.fit();
  }

  get zoomed() {
    return this.scale > 1;
  }

  /** The whole photo. */
  fit() {
    Object.assign(this, { scale: 1, x: 0.5, y: 0.5 });
  }

  /** A closer look at a place, each 0–1 of the photo's side. */
  lookAt(x, y, scale = CLOSER) {
    Object.assign(this, { scale: clamp(scale, 1, MOST), x, y });
  }

  /**
   * Where a photo lies in a pane, CSS pixels.
   * @param {{width: number, height: number}} pane
   * @param {number} ratio  of the photo's width to its height
   * @param {{x: number, y: number}} shift  how far from the shared middle this photo's own is
   */
  place(pane, ratio, shift = { x: 0, y: 0 }) {
    const fit = Math.min(pane.width, pane.height * ratio);
    const width = fit * this.scale;
    const height = width / ratio;
    return {
      left: start(pane.width, width, this.x + shift.x),
      top: start(pane.height, height, this.y + shift.y),
      width,
      height,
    };
  }

  /** Nearer or farther, so that what lies under a point of the pane stays there. */
  zoomAt(factor, point, pane, ratio, shift = { x: 0, y: 0 }) {
    const now = this.place(pane, ratio, shift);
    const [across, down] = [(point.x - now.left) / now.width, (point.y - now.top) / now.height];
    this.scale = clamp(this.scale * factor, 1, MOST);
    const next = this.place(pane, ratio);
    this.#middle(pane, ratio, point.x - across * next.width, point.y - down * next.height, shift);
  }

  /** The photo follows the pointer. */
  moveBy(across, down, pane, ratio, shift = { x: 0, y: 0 }) {
    const { left, top } = this.place(pane, ratio, shift);
    this.#middle(pane, ratio, left + across, top + down, shift);
  }

  #middle(pane, ratio, left, top, shift) {
    const { width, height } = this.place(pane, ratio);
    this.x = middle(pane.width, width, left) - shift.x;
    this.y = middle(pane.height, height, top) - shift.y;
  }
}

/** A photo larger than its pane covers it; a smaller one lies in the middle. */
function start(room, length, centre) {
  return length <= room ? (room - length) / 2 : clamp(room / 2 - centre * length, room - length, 0);
}

const middle = (room, length, begin) => (length <= room ? 0.5 : (room / 2 - clamp(begin, room - length, 0)) / length);

export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
