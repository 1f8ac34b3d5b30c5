// What to type to go on from a harvest that was downloaded: checked, trained on, released, compared, served.

import { element } from "../../shared/dom.js";
import { say } from "../../shared/words.js";
import { small } from "../section.js";

const linesOf = (name) => [
  `python3 -m zipfile -e ${name}.zip .`,
  `ubora data check ${name} --report ${name}.html`,
  `ubora train run ${name} --recipe fine-tune --from champion --keep datasets/rendered --out runs/${name}`,
  `ubora train export runs/${name} --name ${name} --dataset ${name}`,
  `ubora train compare champion ${name} datasets/rendered --json comparison.json`,
  `ubora model promote ${name} --alias shadow`,
  `ubora model promote ${name} --comparison comparison.json`,
];

export function commandsOf(name) {
  const text = linesOf(name).join("\n");
  const said = element("span", { role: "status", class: "quiet" });
  const copy = small(say("hub.harvest.copy"), async () => {
    await navigator.clipboard.writeText(text).then(
      () => (said.textContent = say("hub.harvest.copied")),
      () => (said.textContent = ""), // no clipboard without https: it can be chosen by hand
    );
  });
  return element("div", { class: "harvest-commands" }, element("h4", {}, say("hub.harvest.go_on")), element("p", { class: "quiet" }, say("hub.harvest.go_on_about")), element("pre", { tabindex: "0" }, text), copy, said);
}
