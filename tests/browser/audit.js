// Looks at a page that shows hostile texts and answers with what is wrong, as a list of sentences. An expression of
// page.evaluate: not a module, as nothing may be added to the page itself.
(holders) => {
  const found = new Set();
  const boxes = [...document.querySelectorAll(holders)];
  const HTML = new Set(["SPAN", "CODE", "P", "BR"]); // the latter two: what line breaks become on pages made by the server
  const DRAWN = new Set(["svg", "path", "line"]);
  const MATHML = new Set(
    ("math semantics annotation mrow mi mo mn ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover " +
      "mtable mtr mtd mstyle mpadded mphantom menclose mglyph").split(" "),
  );
  // KaTeX's own, and ours. Nothing of a text's choosing may become an attribute, but for sizes and colours.
  const ATTRIBUTES = new Set(
    ("class style title aria-hidden tabindex xmlns width height viewBox preserveAspectRatio d x1 x2 y1 y2 stroke-width encoding " +
      "display mathvariant stretchy fence separator lspace rspace minsize maxsize accent accentunder linethickness notation linebreak " +
      "scriptlevel displaystyle mathcolor mathbackground mathsize rowspacing columnspacing columnalign columnlines rowlines " +
      "side voffset depth movablelimits largeop symmetric form").split(" "),
  );
  const KATEX_STYLES = /^(?:height|width|min-width|top|bottom|left|margin|margin-left|margin-right|margin-top|padding-left|vertical-align|color|background-color|border[a-z-]*|position|text-shadow)$/;

  function checkElement(node) {
    const isMath = node.namespaceURI.endsWith("MathML");
    const known = isMath ? MATHML.has(node.tagName) : node.namespaceURI.endsWith("svg") ? DRAWN.has(node.tagName) : HTML.has(node.tagName);
    if (!known) found.add(`an element <${node.tagName}>`);
    for (const { name } of node.attributes) if (!ATTRIBUTES.has(name)) found.add(`an attribute ${name} on <${node.tagName}>`);
    for (const name of node.style ?? []) if (!KATEX_STYLES.test(name)) found.add(`a style ${name}`);
    if (["fixed", "sticky"].includes(getComputedStyle(node).position)) found.add("a text that is fixed on the screen");
  }

  function checkBox(box) {
    box.querySelectorAll("*").forEach(checkElement);
    const { left, right } = box.getBoundingClientRect();
    if (left < 0 || right > document.documentElement.clientWidth + 1) found.add("a text's own box leaves the page");
  }

  /** What lies under a point of the screen may belong to a text only within that text's box. */
  function checkPoint(x, y) {
    const box = document.elementFromPoint(x, y)?.closest(holders);
    if (!box) return;
    const { left, right, top, bottom } = box.getBoundingClientRect();
    if (x < left - 1 || x > right + 1 || y < top - 1 || y > bottom + 1) found.add("a text that covers its neighbours");
  }

  boxes.forEach(checkBox);
  if (boxes.length === 0) found.add("no text is shown");
  for (let x = 4; x < innerWidth; x += 24) for (let y = 4; y < innerHeight; y += 16) checkPoint(x, y);
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.add(`the page scrolls sideways, ${scrollWidth} > ${clientWidth}`);
  return [...found];
}
