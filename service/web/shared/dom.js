// Elements made by hand: text is always text, so that no name or note can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** element("button", {class: "plain", type: "button", onclick: go}, "Go", icon("check")) */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** The drawings of a sheet become part of the page: a <use> of another file is asked for again with no network. */
export async function loadIcons(sheet = new URL("icons.svg", import.meta.url)) {
  const answer = await fetch(sheet);
  const drawings = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  drawings.setAttribute("hidden", "");
  document.body.append(document.importNode(drawings, true));
}

export function icon(name, className = "") {
  const use = svg("use", { href: `#icon-${name}` });
  return svg("svg", { class: `icon ${className}`, "aria-hidden": "true" }, use);
}

export const find = (selector, root = document) => root.querySelector(selector);

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}
