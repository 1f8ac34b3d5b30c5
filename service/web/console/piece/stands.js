// Whether an accepted piece stands for its design beside the approved photos, for those who keep designs.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";

const KEEPERS = ["engineer", "admin"];

/** A quiet line; nothing where the piece may not stand, or where it is not hers to say. */
export function standsSection({ id, design, status }, { me }, api) {
  if (status !== "accepted" || !KEEPERS.includes(me?.role)) return "";
  const path = `/v1/designs/${design}/accepted/${id}`;
  const section = element("section", { class: "stands" });
  section.hidden = true; // until it is known
  const way = (words, method) => element("button", { type: "button", onclick: () => change(method) }, words);
  const show = ({ stands, unmet }) => {
    section.hidden = !stands && unmet.length > 0;
    section.replaceChildren(
      ...(stands
        ? [`${say("hub.stands")} · `, way(say("hub.stands_away"), "DELETE")]
        : [way(say("hub.let_stand"), "PUT")]),
    );
  };
  const change = async (method) => {
    section.querySelector("p")?.remove(); // what was refused before
    try {
      await api.send(method, path);
      show(await api.get(path));
      section.querySelector("button")?.focus();
    } catch (error) {
      section.append(element("p", { role: "alert" }, error.message));
    }
  };
  api.get(path).then(show, () => section.remove());
  return section;
}
