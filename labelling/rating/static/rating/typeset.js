// Draws a text with its maths. Only createElement and textContent: imported text is hostile until proven otherwise.
// At once where that is quick, else when there is time or when it comes near the screen; until then its source can be read.

import { tokenise } from "./maths.js";

// Bounds against formulas made to hang or cover the page; `trust` off refuses links, images and styles.
export const KATEX_OPTIONS = Object.freeze({
  trust: false,
  throwOnError: true,
  strict: "ignore",
  maxExpand: 200,
  maxSize: 10,
  output: "htmlAndMathml",
});
export const MAX_FORMULA = 5000;
export const MAX_FORMULAS = 400; // of one text
// Nested sizes cost time cubic in their depth: 5 kB froze the page.
const MAX_DEPTH = 150;
const MAX_SIZES = 20;
const MAX_NODES = 20000;

// A strict CSP refuses (and reports) style attributes, such as that of \vec's arrow; setting styles through the DOM is
// allowed. So the attribute is renamed in KaTeX's own tree and applied once the elements exist.
function parkStyles(node) {
  if (node.attributes?.style) {
    node.attributes["data-style"] = node.attributes.style;
    delete node.attributes.style;
  }
  node.children?.forEach(parkStyles);
}

/** Throws where drawing the tree would hang the page. */
function checkBounds(tree) {
  let nodes = 0;
  const walk = (node, depth, sizes) => {
    const nested = sizes + (node.classes?.includes("sizing") ? 1 : 0);
    if ((nodes += 1) > MAX_NODES || depth > MAX_DEPTH || nested > MAX_SIZES) throw new RangeError("formula too deep");
    node.children?.forEach((child) => walk(child, depth + 1, nested));
  };
  walk(tree, 0, 0);
}

function applyStyles(element) {
  for (const styled of element.querySelectorAll("[data-style]")) {
    styled.style.cssText = styled.dataset.style;
    delete styled.dataset.style;
  }
}

function sourceOf(piece, { document, label }) {
  const code = document.createElement("code");
  code.className = "maths-source";
  code.title = label;
  code.textContent = piece.source;
  return code;
}

/** `signs` as plain characters, but for those that a backslash escapes already. */
function escaped(value, signs) {
  return value.replace(/\\[^]|[%$&]/g, (found) => (signs.includes(found) ? `\\${found}` : found));
}

/** "25%" would start a comment and lose the rest of the line; "$5" or "M&M" in maths fail: tried again. */
function treeOf(piece, katex) {
  const options = { ...KATEX_OPTIONS, displayMode: piece.display };
  try {
    return katex.__renderToDomTree(escaped(piece.value, "%"), options);
  } catch {
    return katex.__renderToDomTree(escaped(piece.value, "%$&"), options);
  }
}

function drawn(piece, { document, katex }) {
  if (piece.value.length > MAX_FORMULA) throw new RangeError("formula too long");
  const holder = document.createElement("span");
  holder.className = piece.display ? "maths maths-display" : "maths";
  const tree = treeOf(piece, katex);
  checkBounds(tree);
  parkStyles(tree);
  holder.append(tree.toNode());
  applyStyles(holder);
  return holder;
}

function mathsNode(piece, context) {
  try {
    return drawn(piece, context);
  } catch {
    return sourceOf(piece, context); // whatever the formula did, the page goes on with its source
  }
}

/** White space around a display formula is its own: else it shows as empty lines. */
function trimmed(pieces) {
  const isDisplay = (piece) => piece?.type === "maths" && piece.display;
  return pieces.map((piece, at) => {
    if (piece.type !== "text") return piece;
    let value = piece.value;
    if (isDisplay(pieces[at + 1])) value = value.trimEnd();
    if (isDisplay(pieces[at - 1])) value = value.trimStart();
    return { ...piece, value };
  });
}

/** An answer as a text: bare TeX, as reference answers are often given, between dollar signs. */
export function answerText(answer) {
  return answer && /[\\^_]/.test(answer) && !/\$|\\[([]/.test(answer) ? `$${answer}$` : answer;
}

/** Fill `element` with `text`; `katex` may be missing, then formulas show their source. */
export function typeset(element, text, { document, katex, label }) {
  const context = { document, katex, label };
  let formulas = 0;
  const nodes = trimmed(tokenise(text)).map((piece) => {
    if (piece.type === "text") return document.createTextNode(piece.value);
    return (formulas += 1) > MAX_FORMULAS ? sourceOf(piece, context) : mathsNode(piece, context);
  });
  element.replaceChildren(...nodes);
}

const AT_ONCE_MS = 40; // all of an ordinary solution, the beginning of one of two hundred steps
const PAUSE_MS = 60; // after which the next text is no more of the same item
const NEAR = "600px";
const LONG = 5000; // characters
const idly = globalThis.requestIdleCallback ?? ((draw) => setTimeout(() => draw({ timeRemaining: () => 0 }), 20));

/** A formula wider than its text gets a scroll bar of its own, which the keyboard reaches: known as the page is laid out. */
export function openScrollers(element) {
  const width = element.clientWidth;
  for (const maths of element.querySelectorAll(".maths")) {
    const isWide = maths.scrollWidth > maths.clientWidth && maths.clientWidth > 0; // an inline one has no widths of its own
    if (!isWide && (width === 0 || maths.getBoundingClientRect().width <= width)) continue;
    maths.classList.add("maths-wide");
    maths.tabIndex = 0;
  }
}

export function textDrawer(tools) {
  const waiting = new Map(); // element -> text
  let end = 0;
  let last = 0;

  function drawNow(element, text) {
    waiting.delete(element);
    typeset(element, text, tools);
    near.observe(element);
  }

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      if (waiting.has(target)) drawNow(target, waiting.get(target));
      near.unobserve(target);
      openScrollers(target);
    }
  }, { rootMargin: NEAR });

  function drawSome(deadline) {
    for (const [element, text] of waiting) {
      drawNow(element, text);
      if (deadline.timeRemaining() < 4) break;
    }
    if (waiting.size > 0) idly(drawSome);
  }

  return {
    /** Of the next item, out of sight: drawn now, `adopt`ed when it is shown. */
    ahead: (element, text) => typeset(element, text, tools),
    adopt: (element) => near.observe(element),
    /** A new item: what still waits of the old one is not drawn any more. */
    begin() {
      waiting.clear();
      near.disconnect();
      last = 0;
    },
    draw(element, text) {
      element.classList.toggle("is-long", text.length > LONG);
      const now = performance.now();
      if (now > last + PAUSE_MS) end = now + AT_ONCE_MS;
      last = now;
      if (now < end) return drawNow(element, text);
      element.textContent = text;
      near.observe(element);
      if (waiting.size === 0) idly(drawSome);
      return waiting.set(element, text);
    },
  };
}
