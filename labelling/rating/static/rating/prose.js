// Sets the formulas in rendered Markdown and other texts; code stays code. data-maths="answer": bare TeX is a formula;
// data-maths="inline": display formulas stay in their line.
import { answerText, openScrollers, typeset } from "./typeset.js";
import "../vendor/katex/katex.min.js";

const READERS = {
  "": (text) => text,
  answer: answerText,
  inline: (text) => text.replaceAll("$$", "$").replaceAll("\\[", "\\(").replaceAll("\\]", "\\)"),
};

/** A formula may go over several lines, which the server has parted by <br>. */
function joinLines(prose) {
  for (const end of prose.querySelectorAll("br")) {
    end.parentElement.classList.add("with-lines");
    end.replaceWith("\n");
  }
  prose.normalize();
}

for (const prose of document.querySelectorAll("[data-maths]")) {
  if (!prose.classList.contains("prose")) joinLines(prose);
  const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts.filter((node) => !node.parentElement.closest("code"))) {
    const holder = document.createElement("span");
    typeset(holder, READERS[prose.dataset.maths](text.data), { document, katex: globalThis.katex, label: "" });
    text.replaceWith(...holder.childNodes);
  }
  openScrollers(prose);
}
document.addEventListener("toggle", ({ target }) => openScrollers(target), { capture: true });
