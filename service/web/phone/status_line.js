// "3 waiting, 12 sent": always in sight, on every screen.

import { icon } from "../shared/dom.js";
import { say } from "../shared/words.js";

export function drawLine(line, { me, counts, online }) {
  line.hidden = !me;
  const { waiting, sent, refused } = counts;
  const words = [say("line", { waiting, sent })];
  if (refused) words.push(say("line.refused", { refused }));
  if (!online) words.push(say("line.offline"));
  const text = words.join(" · ");
  if (line.dataset.text === text) return; // a screen reader speaks it only when it changed
  line.dataset.text = text;
  line.className = `line${online ? "" : " off"}${refused ? " bad" : ""}`;
  line.replaceChildren(icon(online ? (waiting ? "clock" : "check") : "cloud"), text);
}
