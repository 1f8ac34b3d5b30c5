// The workshop's open orders, kept for a day with no network: what is asked for, how many are done, which views.

import { element, icon } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { kindOf, sampleOf, stillOut, viewsRow } from "./home.js";

export function fill(container, state, actions) {
  const { lots, designs } = state;
  const designOf = ({ design }) => designs.find(({ id }) => id === design);
  const orders = lots.filter(designOf).map((lot) => orderCard(lot, designOf(lot), state, actions));
  const bare = designs.map((design) => designCard(design, state, actions));
  container.replaceChildren(
    element("h2", {}, say("orders")),
    element("ul", { id: "orders" }, orders.length ? orders : note(say("orders.none"))),
    element("h2", {}, say("orders.bare")),
    element("ul", { id: "designs" }, bare.length ? bare : note(say("design.none"))),
    element("div", { class: "actions" }, backButton(actions)),
  );
}

const note = (text) => element("li", { class: "quiet" }, text);

function orderCard(lot, design, state, { onChooseWork }) {
  const { id, done, pieces, views } = lot;
  return card(state.work?.lot?.id === id, () => onChooseWork({ lot: id, design: design.id }), [
    sampleOf(design, state),
    element("span", { class: "text order-text" }, [
      element("strong", {}, design.name),
      element("small", { class: "quiet" }, id),
      lot.note && element("small", {}, lot.note),
      viewsRow(views, design),
    ]),
    element("span", { class: "order-count" }, [
      element("strong", {}, say("order.count", { done, pieces })),
      element("small", { class: "quiet" }, say("order.done")),
      stillOut(lot) && element("small", { class: "quiet" }, stillOut(lot)),
      element("progress", { max: pieces, value: Math.min(done, pieces), "aria-hidden": "true" }),
    ]),
  ]);
}

function designCard(design, state, { onChooseWork }) {
  const chosen = state.work && !state.work.lot && state.work.design.id === design.id;
  return card(chosen, () => onChooseWork({ lot: null, design: design.id }), [
    icon(design.category, `order-photo material-${design.material}`),
    element("span", { class: "text order-text" }, [
      element("strong", {}, design.name),
      element("small", { class: "quiet" }, kindOf(design)),
    ]),
  ]);
}

function card(chosen, onclick, children) {
  const attributes = { class: "card order", type: "button", "aria-current": chosen ? "true" : null, onclick };
  return element("li", {}, element("button", attributes, children));
}

export const backButton = ({ onBack }) =>
  element("button", { class: "button", type: "button", onclick: onBack }, say("back"));
