// Sets the formulas in rendered Markdown and other texts; code stays code. data-maths="answer": bare TeX is a formula;
// data-maths="inline": display formulas stay in their line.
import { answerText, typeset } from "./typeset.js";
import "../vendor/katex/katex.min.js";

const READERS = {
  "": (text) => text,
  answer: answerText,
  inline: (text) => text.replaceAll("$$", "$").replaceAll("\\[", "\\(").replaceAll("\\]", "\\)"),
};

for (const prose of document.querySelectorAll("[data-maths]")) {
  const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts.filter((node) => !node.parentElement.closest("code"))) {
    const holder = document.createElement("span");
    typeset(holder, READERS[prose.dataset.maths](text.data), { document, katex: globalThis.katex, label: "" });
    text.replaceWith(...holder.childNodes);
  }
}
