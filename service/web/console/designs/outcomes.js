// How the pieces of a design come out: their pass rate with its interval and count, and what is found most.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { facts, part, percent } from "../page.js";
import { kindOf } from "../pieces/states.js";

const DAYS = 90;
const MOST = 5;

/** Fills itself once it is known. */
export function outcomesPart(api, { id }) {
  const body = element("div", {}, element("p", { class: "quiet" }, say("loading")));
  api.get(`/v1/designs/${id}/outcomes?window_days=${DAYS}`).then(
    (found) => body.replaceChildren(...told(found, id)),
    () => body.replaceChildren(element("p", { class: "notice" }, say("hub.not_told"))),
  );
  return part(say("hub.how_they_come_out", { days: DAYS }), body);
}

function told({ decided, passed, pass_rate: share, interval, pending, defects }, id) {
  const between = interval && say("hub.between", { low: percent(interval[0]), high: percent(interval[1]) });
  const link = (status, words) => element("a", { href: `#pieces/design=${id}&status=${status}` }, words);
  const lines = defects.slice(0, MOST).map(({ defect, pieces }) => element("li", {}, `${kindOf(defect)}: ${sayNumber(pieces)}`));
  return [
    facts(
      [say("hub.pass_rate"), decided ? `${percent(share)} ${between}` : say("hub.none_decided")],
      [say("hub.passed_of_decided"), `${sayNumber(passed)} / ${sayNumber(decided)}`],
      [say("hub.state_pending"), pending ? link("pending", sayNumber(pending)) : "0"],
      [say("hub.most_found"), lines.length ? element("ol", { class: "most-found" }, lines) : say("hub.nothing_found")],
    ),
  ];
}
