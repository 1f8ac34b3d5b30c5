// A release's card as elements of this page: the service made it of Markdown without HTML, and here only what is
// known and harmless becomes an element. All else stands as its text.

import { element } from "../../shared/dom.js";

const KNOWN = new Set(["P", "UL", "OL", "LI", "EM", "STRONG", "CODE", "PRE", "BLOCKQUOTE", "BR", "HR", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD"]);
const HEADINGS = { H1: "h4", H2: "h4", H3: "h5", H4: "h6", H5: "h6", H6: "h6" }; // below those of the page

/** @param {string} html  nothing of it is loaded or run: a parsed document has no window */
export function cardParts(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return [...parsed.body.childNodes].map(known);
}

function known(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const children = [...node.childNodes].map(known);
  if (node.tagName === "A") return link(node, children);
  if (node.tagName === "TABLE") return element("div", { class: "wide-table", tabindex: "0", role: "group", "aria-label": node.rows[0]?.textContent.trim() }, element("table", {}, children));
  const tag = HEADINGS[node.tagName] ?? (KNOWN.has(node.tagName) ? node.tagName.toLowerCase() : null);
  return tag ? element(tag, {}, children) : element("span", {}, node.textContent);
}

function link(node, children) {
  const href = node.getAttribute("href") ?? "";
  return /^https?:\/\//.test(href) ? element("a", { href, target: "_blank", rel: "noopener noreferrer" }, children) : element("span", {}, children);
}
