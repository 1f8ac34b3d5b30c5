// What each key of the review page does, by the names of keys.js.

import { find } from "../../shared/dom.js";
import { turnVoice } from "../piece/appeal.js";
import { reviewActs } from "./acts.js";
import { showHelp } from "./help.js";

const ARROWS = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };

/** @param {object} page  the view of the queue */
export function actsOf(page) {
  const { stage, deciding } = page;
  const { beside, boxes, tools } = stage;
  return {
    next: () => page.go(page.list.at + 1),
    previous: () => page.go(page.list.at - 1),
    accept: () => deciding.decide("accept"),
    rework: () => deciding.decide("rework"),
    reject: () => deciding.decide("reject"),
    unsure: () => deciding.handOver(),
    design: () => void deciding.askDesign(),
    undo: () => page.last && page.openAgain(page.last),
    photo: (name) => stage.choose(Number(name) - 1),
    photoBefore: () => stage.choose(stage.at - 1),
    photoAfter: () => stage.choose(stage.at + 1),
    heat: () => !find("#heat").hidden && stage.turnHeat(),
    marks: () => stage.turnFrames(),
    mark: () => stage.nextMark(),
    zoom: () => stage.zoom(),
    fit: () => stage.fit(),
    nearer: () => stage.step(1),
    farther: () => stage.step(-1),
    arrow: (name) => tools.step(ARROWS[name]) || boxes.step(ARROWS[name], false) || stage.pan(...ARROWS[name]),
    size: (name) => boxes.step(ARROWS[name.replace("shift+", "")], true),
    place: () => tools.place() || boxes.place(),
    box: () => boxes.next(),
    remove: () => tools.remove() || boxes.remove(),
    escape: () => tools.escape() || boxes.escape(),
    brush: () => tools.use("brush"),
    erase: () => tools.use("erase"),
    polygon: () => tools.use("polygon"),
    grow: () => tools.use("heat"),
    thinner: () => tools.size(-1),
    wider: () => tools.size(1),
    back: () => page.step("undo"),
    again: () => page.step("redo"),
    beside: () => beside.turn(),
    frame: () => beside.turnFrame(),
    blink: (_, down) => beside.hold(down),
    voice: () => turnVoice(),
    help: () => void showHelp(),
    ...reviewActs(() => page.reviewed(), { changed: (said) => page.changed(said), added: () => stage.beginMark() }),
  };
}
