// Another order was chosen while a piece is unfinished: what becomes of the piece? Nothing of it goes by itself.

import { element } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { workText } from "./home.js";

export function fill(container, { hand, asked, ...state }, { onFinishFirst, onPutAside }) {
  const src = hand?.photos.find((photo) => photo.src)?.src;
  const choice = (word, id, onclick, look = "") =>
    element("button", { class: `button ${look}`, type: "button", id, onclick: () => onclick(asked) }, say(word));
  container.replaceChildren(
    element("h2", {}, say("unfinished")),
    hand
      ? element("div", { class: "card work" }, [
          src && element("img", { class: "order-photo", src, alt: say("your_photo") }),
          workText(hand, state),
        ])
      : "",
    element("p", {}, say("unfinished.more")),
    element("div", { class: "actions" }, [
      choice("unfinished.aside", "aside", onPutAside),
      choice("unfinished.finish", "finish", onFinishFirst, "main"),
    ]),
  );
}
