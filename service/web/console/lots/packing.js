// The packing list of a lot: what lies in the box, as a page to print and as a table.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { keep, openPage } from "../page.js";

/** @param {(error: Error) => void} failed  called where it did not come */
export function packingButtons({ id }, api, failed) {
  const path = `/v1/lots/${encodeURIComponent(id)}/packing-list`;
  const button = (words, name, ask) => {
    const onclick = () => ask().catch(failed);
    return element("button", { class: "button small", type: "button", "aria-label": say(name, { lot: id }), onclick }, say(words));
  };
  return [
    button("hub.packing_list", "hub.packing_list_of", () => openPage(api, path)),
    button("hub.as_table", "hub.as_table_of", () => keep(api, `${path}.csv`, `packing-list-${id}.csv`)),
  ];
}
