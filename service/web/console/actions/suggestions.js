// Where it might help to follow a defect: the counts, the rule, and a link that opens it. A person decides.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { inAddress, part } from "../page.js";
import { titleOf } from "./course.js";

/** @returns {Node[]} nothing where nothing is suggested */
export function suggestionsPart({ items, rule }, house, mayOpen) {
  if (!items.length) return [];
  const lines = items.map((one) => {
    const { microfactory, defect, here, elsewhere } = one;
    const why = say("hub.suggest_counts", { found: sayNumber(here.found), of: sayNumber(here.of), there: sayNumber(elsewhere.found), all: sayNumber(elsewhere.of) });
    const href = `#actions/new/microfactory=${inAddress(microfactory)}&defect=${inAddress(defect)}&why=${inAddress(why)}`;
    return element(
      "li",
      {},
      element("span", {}, element("strong", {}, titleOf(one, house)), element("span", { class: "quiet" }, why)),
      mayOpen && element("a", { class: "button small", href }, say("hub.action_follow")),
    );
  });
  const more = element("details", {}, element("summary", {}, say("hub.suggest_rule")), element("p", { class: "quiet" }, say("hub.suggest_about")), element("p", { class: "quiet", lang: "en" }, rule));
  return [part(say("hub.suggest"), element("ul", { class: "suggested" }, lines), more)];
}
