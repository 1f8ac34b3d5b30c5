// The figures of releases as their records have them: a table of one, or of two side by side.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";

const NONE = "–";
const small = (words) => element("small", { class: "quiet" }, ` ${words}`);

function cell({ value = NONE, interval, of } = {}) {
  if (value === NONE) return element("td", { class: "quiet" }, NONE);
  return element("td", {}, value, interval && small(interval), of && small(say("hub.of_so_many", { count: of })));
}

/** A row for each figure that one of them has; the classes by their average precision below. */
export function figuresBeside(...releases) {
  const rows = rowsOf(releases, ({ figures }) => figures);
  const classes = rowsOf(releases, (one) => one.classes.map(({ name, precision, interval, photos }) => ({ name, value: precision, interval, of: photos })));
  const heads = [say("hub.figure"), ...releases.map(({ name, judged_on: on }) => [name, element("small", { class: "quiet" }, ` ${on}`)])];
  const group = element("tr", {}, element("th", { scope: "rowgroup", colspan: heads.length, class: "quiet" }, say("hub.by_class")));
  const none = element("tr", {}, element("td", { colspan: heads.length, class: "quiet" }, say("hub.no_figures")));
  const body = [...(rows.length ? rows : [none]), ...(classes.length ? [group, ...classes] : [])];
  return element(
    "div",
    { class: "wide-table", tabindex: "0", role: "group", "aria-label": say("hub.side_by_side") },
    element(
      "table",
      { "aria-label": say("hub.side_by_side") },
      element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, body),
    ),
  );
}

function rowsOf(releases, figuresOf) {
  const all = releases.map((one) => new Map(figuresOf(one).map((figure) => [figure.name, figure])));
  const names = [...new Set(all.flatMap((figures) => [...figures.keys()]))];
  return names.map((name) => element("tr", {}, element("th", { scope: "row" }, name), all.map((figures) => cell(figures.get(name)))));
}
