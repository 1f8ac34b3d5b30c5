// Hands on the stage: a wheel or two fingers zoom towards where they are, one drags, a double click fits.

const A_LINE = 16; // CSS pixels, for a wheel that counts lines
const SPEED = 0.0016;
const CLOSER = 2.5;

/**
 * @param {HTMLElement} stage  holds panes
 * @param {{zoomAt: (factor: number, point: object, pane: HTMLElement) => void,
 *   moveBy: (across: number, down: number, pane: HTMLElement) => void, fit: () => void, zoomed: () => boolean,
 *   claims: (event: PointerEvent) => boolean, yields: () => boolean, doubled: (event: MouseEvent) => boolean}} hands
 *   `claims` takes a pointer for something else, as for a box, and `yields` gives it back where a second finger comes;
 *   `doubled` takes a double click
 */
export function listenToHands(stage, hands) {
  const down = new Map(); // pointer → where it is
  const taken = new Map(); // the same of one that is for something else
  const paneOf = ({ target }) => target.closest?.(".pane");
  const inPane = ({ clientX, clientY }, pane) => {
    const { left, top } = pane.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  stage.addEventListener(
    "wheel",
    (event) => {
      const pane = paneOf(event);
      if (!pane) return;
      event.preventDefault();
      const way = event.deltaY * (event.deltaMode === 1 ? A_LINE : 1);
      hands.zoomAt(Math.exp(-way * SPEED), inPane(event, pane), pane);
    },
    { passive: false },
  );
  stage.addEventListener("dblclick", (event) => {
    // Over a box that the first click chose, the second one is the stage's.
    const pane = paneOf(event) ?? paneAt(stage, event);
    if (!pane || hands.doubled(event)) return;
    if (hands.zoomed()) hands.fit();
    else hands.zoomAt(CLOSER, inPane(event, pane), pane);
  });
  stage.addEventListener("pointerdown", (event) => {
    const pane = paneOf(event);
    if (!pane || event.button !== 0) return;
    const here = { ...inPane(event, pane), pane };
    if (taken.size && hands.yields()) {
      for (const [id, at] of taken) down.set(id, at); // two fingers: neither was for it
      taken.clear();
    } else if (hands.claims(event)) {
      taken.set(event.pointerId, here);
      return;
    }
    pane.setPointerCapture(event.pointerId);
    down.set(event.pointerId, here);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const { pane } = before;
    const here = { ...inPane(event, pane), pane };
    const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    down.set(event.pointerId, here);
    if (other) pinch(before, here, other, pane, hands);
    else hands.moveBy(here.x - before.x, here.y - before.y, pane);
  });
  for (const over of ["pointerup", "pointercancel", "lostpointercapture"]) {
    stage.addEventListener(over, ({ pointerId }) => {
      down.delete(pointerId);
      if (over !== "lostpointercapture") taken.delete(pointerId);
    });
  }
}

const paneAt = (stage, { clientX: x, clientY: y }) =>
  [...stage.querySelectorAll(".pane")].find((pane) => {
    const { left, right, top, bottom } = pane.getBoundingClientRect();
    return x >= left && x <= right && y >= top && y <= bottom;
  });

/** One of two fingers moved: nearer by how much farther they are apart, and along with what lies between them. */
function pinch(before, here, other, pane, hands) {
  const apart = (one) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
  const between = { x: (here.x + other.x) / 2, y: (here.y + other.y) / 2 };
  hands.moveBy((here.x - before.x) / 2, (here.y - before.y) / 2, pane);
  hands.zoomAt(apart(here) / apart(before), between, pane);
}
