// Sets the formulas in rendered Markdown; code stays code.
import { typeset } from "./typeset.js";
import "../vendor/katex/katex.min.js";

for (const prose of document.querySelectorAll("[data-maths]")) {
  const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts.filter((node) => !node.parentElement.closest("code"))) {
    const holder = document.createElement("span");
    typeset(holder, text.data, { document, katex: globalThis.katex, label: "" });
    text.replaceWith(...holder.childNodes);
  }
}
