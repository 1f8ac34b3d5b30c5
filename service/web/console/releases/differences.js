// A release on the hub's own photos: how often it says what the release that answered said, and a sheet of the photos
// on which it does not. Somebody looks at these before it is promoted.

import { element } from "../../shared/dom.js";
import { photoFigure } from "../../shared/photo.js";
import { say, sayTime } from "../../shared/words.js";
import { choice, facts, labelled, part, percent } from "../page.js";
import { stateMark } from "../pieces/states.js";

const PAGE = 24;
const OUTCOMES = ["pass", "flag", "retake"];

/** How often it agrees and with what; null where it judged nothing of this hub yet. */
export function onOwnPhotos(found) {
  const { release, inspections, agrees, share, interval, pairs } = found;
  if (inspections === 0) return part(say("hub.on_own_photos"), element("p", { class: "quiet" }, say("hub.rescored_none", { name: release })));
  const between = say("hub.between", { low: percent(interval[0]), high: percent(interval[1]) });
  const heads = [say("hub.answered"), say("hub.this_one"), say("hub.pieces"), say("hub.people_accepted"), say("hub.people_did_not")];
  const rows = pairs.map((pair) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, say(`hub.verdict.${pair.answered}`)),
      element("td", {}, say(`hub.verdict.${pair.verdict}`)),
      [pair.inspections, pair.accepted, pair.not_accepted].map((count) => element("td", { class: "number" }, count)),
    ),
  );
  return part(
    say("hub.on_own_photos"),
    facts([say("hub.says_the_same"), `${percent(share)} ${between}`], [say("hub.of_inspections"), `${agrees} / ${inspections}`]),
    element(
      "div",
      { class: "wide-table", tabindex: "0", role: "group", "aria-label": say("hub.on_own_photos") },
      element(
        "table",
        { "aria-label": say("hub.on_own_photos") },
        element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
        element("tbody", {}, rows),
      ),
    ),
    agrees < inspections && element("p", {}, element("a", { href: `#releases/${release}/differences` }, say("hub.see_differences"))),
  );
}

export class Differences {
  constructor(page) {
    Object.assign(this, { page, api: page.api });
  }

  /** @param {string} name  of the release */
  async open(name) {
    const list = element("ol", { class: "differences" });
    const more = element("button", { class: "button small", type: "button", hidden: true, onclick: () => load(this.cursor) }, say("hub.show_more"));
    const kinds = OUTCOMES.flatMap((one) => OUTCOMES.filter((other) => other !== one).map((other) => [`${one}/${other}`, say("hub.from_to", { one: say(`hub.verdict.${one}`), other: say(`hub.verdict.${other}`) })]));
    const kind = choice("kind", "", [["", say("hub.any")], ...kinds]);
    const load = (cursor = "") =>
      this.page.attempt(async () => {
        const [answered, verdict] = kind.value.split("/");
        const asked = { agrees: false, limit: PAGE, ...(verdict && { answered, verdict }), ...(cursor && { cursor }) };
        const found = await this.api.get(`/v1/releases/${encodeURIComponent(name)}/rescores/inspections?${new URLSearchParams(asked)}`);
        if (!cursor) list.replaceChildren();
        list.append(...found.items.map((item) => this.#item(item)));
        if (!list.childElementCount) list.append(element("li", { class: "quiet" }, say("hub.no_difference")));
        this.cursor = found.next_cursor;
        more.hidden = !this.cursor;
      });
    kind.addEventListener("change", () => load());
    this.page.show(
      say("hub.differences_of", { name }),
      { back: [`#releases/${name}`, name] },
      element("p", { class: "quiet" }, say("hub.differences_about")),
      element("div", { class: "page-form" }, labelled(say("hub.which_differences"), kind)),
      list,
      more,
    );
    await load();
  }

  #item(item) {
    const { inspection, answered, answered_by: before, verdict, answered_reasons: reasons, reasons: now, received_at: at } = item;
    const title = [item.piece ?? say("hub.no_code"), item.lot].filter(Boolean).join(" · ");
    const line = (name, said, because) =>
      element("p", {}, element("strong", {}, say(`hub.verdict.${said}`)), ` ${name}`, because.length > 0 && element("small", { class: "quiet", lang: "en" }, ` ${because.join("; ")}`));
    return element(
      "li",
      {},
      this.#photo(item, title),
      element("p", {}, element("a", { href: `#pieces/${inspection}` }, title), " ", stateMark(item.status)),
      line(before, answered, reasons),
      line(say("hub.this_one"), verdict, now),
      element("p", { class: "quiet" }, sayTime(at)),
    );
  }

  /** The photo with what either found: 1 is the release that answered, 2 this one. */
  #photo({ inspection, photo, photo_kept: kept, box, answered_box: before, photo_size: [width, height] }, alt) {
    if (!kept) return element("p", { class: "quiet" }, say("hub.photo_lost"));
    const marks = [{ box: before, number: 1 }, { box, number: 2 }];
    const figure = photoFigure({ src: null, heat: null, alt, width, height, marks, numerals: 2 });
    const image = figure.querySelector("img");
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      seen.disconnect();
      this.api.photo(`/v1/inspections/${inspection}/photos/${photo}`).then((src) => (image.src = src), () => (image.alt = say("hub.photo_lost")));
    });
    seen.observe(figure);
    return figure;
  }
}
