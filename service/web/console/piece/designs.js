// What a piece is of, as people see it: its name, and that it was sent as another design than it is.

import { element } from "../../shared/dom.js";
import { newUuid } from "../../shared/token.js";
import { say, sayTime } from "../../shared/words.js";
import { named } from "../named.js";

const name = (house, id) => (id === null ? say("hub.no_known_design") : house.designs.get(id)?.name ?? id);

/** Its design in words. */
export const designOf = ({ design, design_unknown: unknown }, house) => name(house, unknown ? null : design);

/** What stands for it; undefined where nobody knows of which design it is. */
export const sampleOf = ({ design, design_unknown: unknown }, house) => (unknown ? undefined : house.designs.get(design));

/**
 * The section of the panel: as what it was sent, who said otherwise, and a look beside the right samples.
 * @param {{onDesign: (design: string|null) => void, failed: (error: Error) => string}|null} acts  null where nothing can be done
 */
export function designSection(inspection, house, api, acts) {
  const { id, sent_as: sent, judged_as: judged, veiled } = inspection;
  if (veiled || (!sent && !judged)) return "";
  const is = designOf(inspection, house);
  const section = element(
    "section",
    { class: "other-design" },
    element("h3", {}, sent ? say("hub.sent_as", { sent: name(house, sent), is }) : say("hub.judged_as", { judged: name(house, judged) })),
    element("ul", { class: "said-list" }),
    sent && judged && element("p", { class: "quiet" }, say("hub.judged_as", { judged: name(house, judged) })),
    element("div", { class: "looks" }),
  );
  const show = ({ said, looks }) => {
    section.querySelector(".said-list").replaceChildren(...said.map((one) => saidLine(one, house)));
    section.querySelector(".looks").replaceChildren(...looks.map((look) => lookLine(look, house)));
  };
  const path = `/v1/inspections/${id}/designs`;
  api.get(path).then(show, () => {}); // the heading says what counts
  if (acts) section.append(ways(inspection, house, api, acts, () => api.get(path).then(show)));
  return section;
}

function ways({ id, sent_as: sent, design_unknown: unknown }, house, api, { onDesign, failed }, again) {
  const trouble = element("p", { class: "notice", role: "alert", hidden: true });
  const look = element("button", { class: "button small", type: "button", hidden: unknown }, say("hub.look_again"));
  look.addEventListener("click", async () => {
    look.disabled = true;
    trouble.hidden = true;
    try {
      await api.put(`/v1/inspections/${id}/looks/${newUuid()}`, {});
      await again();
    } catch (error) {
      trouble.textContent = failed(error);
      trouble.hidden = false;
    } finally {
      look.disabled = false;
    }
  });
  const back = sent && element("button", { class: "button small", type: "button", onclick: () => onDesign(sent) }, say("hub.it_is_after_all", { design: name(house, sent) }));
  return element("div", {}, element("div", { class: "steps" }, look, back), trouble);
}

function saidLine({ design, was, by, at, reason }, house) {
  const words = say("hub.said_design", { by, was: name(house, was), design: name(house, design) });
  return element("li", {}, words, element("span", { class: "quiet" }, ` ${sayTime(at)}`), reason && element("blockquote", {}, reason));
}

/** What a release says beside other samples: it decides nothing. */
function lookLine({ design, verdict, defects, distance, at }, house) {
  const found = [...new Set(defects.flat().map(({ defect }) => named("defect", defect)))].join(", ");
  const apart = distance !== null && say("hub.distance", { distance: distance.toFixed(2) });
  return element(
    "p",
    {},
    element("strong", {}, say(`hub.look.${verdict}`, { design: name(house, design) })),
    element("span", { class: "quiet" }, [` ${sayTime(at)}`, found ? say("hub.found_defects", { found }) : say("hub.found_none"), apart].filter(Boolean).join(" · ")),
  );
}
