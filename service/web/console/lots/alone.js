// A lot that stands alone, in no series: how it would be sampled by a limiting quality, told in words before it is drawn.

import { element } from "../../shared/dom.js";
import { say, sayNumber } from "../../shared/words.js";
import { choice, input, labelled } from "../page.js";

const LIMITING = ["2", "3.15", "5", "8", "12.5", "20", "31.5"];

/**
 * @param {{api: object, path: string, plans: (plans: object[]) => Element, attempt: (work: () => Promise<void>) => void}} sample
 * @param {((body: object) => void)|null} draw  draws it; null for who looks on
 */
export function alonePart({ api, path, plans, attempt }, draw) {
  const found = element("div", { class: "alone-plan" });
  const shares = LIMITING.map((one) => [one, say("hub.alone.percent", { share: sayNumber(Number(one)) })]);
  const procedures = ["A", "B"].map((one) => [one, say(`hub.procedure.${one}`)]);
  const accept = labelled(say("hub.alone.accept"), input("accept", "0", { type: "number", min: 0, max: 10, required: true }));
  const form = element(
    "form",
    { class: "alone-form" },
    labelled(say("hub.alone.procedure"), choice("procedure", "A", procedures)),
    labelled(say("hub.alone.major"), choice("limiting_major", "8", shares)),
    labelled(say("hub.alone.minor"), choice("limiting_minor", "12.5", shares)),
    accept,
  );
  let asked = 0;
  const look = () =>
    attempt(async () => {
      const mine = ++asked;
      const said = Object.fromEntries(new FormData(form));
      accept.hidden = said.procedure !== "A";
      const answer = await api.get(`${path.replace(/checks$/, "isolated-plan")}?${new URLSearchParams(said)}`);
      if (mine !== asked) return; // something else was chosen meanwhile
      const body = { alone: { procedure: said.procedure, limiting_major: Number(said.limiting_major), limiting_minor: Number(said.limiting_minor), accept: Number(said.accept) } };
      const button = draw && element("button", { class: "button small", type: "button", onclick: () => draw(body) }, say("hub.alone.draw"));
      found.replaceChildren(...(answer.plans.length ? [plans(answer.plans), ...told(answer)] : []), ...(button ? [button] : []));
    });
  form.addEventListener("change", look);
  form.addEventListener("submit", (event) => event.preventDefault());
  const opened = (event) => event.target.open && !found.hasChildNodes() && look();
  return element("details", { class: "alone", ontoggle: opened }, element("summary", {}, say("hub.alone")), element("p", { class: "quiet" }, say("hub.alone.about")), form, found);
}

/** The plan of major defects in a sentence. */
function told({ plans, settled }) {
  const major = plans.find((plan) => plan.of === "major");
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const values = { pieces: major.pieces, settled, accept: major.accept, limiting: sayNumber(major.limiting), risk: percent(major.risk) };
  return [element("p", {}, say("hub.alone.told", values))];
}
