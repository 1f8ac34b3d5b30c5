// What every page that is loaded later needs first: its words and its style, once.

import { element } from "../../shared/dom.js";
import { addWords } from "../../shared/words.js";

document.head.append(element("link", { rel: "stylesheet", href: new URL("later.css", import.meta.url).href }));
await addWords(new URL("words.json", import.meta.url));
