// Small helpers over createElement and textContent: nothing on this page is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** h("p", {class: "x", text: "…", data: {id: 1}, on: {click}}, child, …) */
export function h(tag, { text, data = {}, on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  Object.assign(element.dataset, data);
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

/** null removes it; booleans of ARIA are words. Writes only what differs, so that nothing is announced twice. */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// Mouths and brows differ, not only colours.
const FACES = {
  "-1": ["M8 16.5c1-1.9 2.4-2.8 4-2.8s3 .9 4 2.8", "M7.2 7.6l2.6 1.2M16.8 7.6l-2.6 1.2"],
  0: ["M8 15.2h8"],
  1: ["M7.6 13.8c1 2.1 2.5 3.1 4.4 3.1s3.4-1 4.4-3.1"],
};

export function face(rating) {
  const icon = shape("svg", { viewBox: "0 0 24 24", class: "face-icon", "aria-hidden": "true", focusable: "false" });
  icon.append(
    shape("circle", { cx: 12, cy: 12, r: 9.5, class: "face-line" }),
    shape("circle", { cx: 8.8, cy: 10.4, r: 1.15, class: "face-eye" }),
    shape("circle", { cx: 15.2, cy: 10.4, r: 1.15, class: "face-eye" }),
    ...FACES[rating].map((d) => shape("path", { d, class: "face-line" })),
  );
  return icon;
}

/** The page's words: a <template> whose elements carry data-key; t("saved", {n: 1}) fills {n}. */
export function stringsFrom(template) {
  const words = new Map();
  for (const element of template.content.querySelectorAll("[data-key]")) {
    words.set(element.dataset.key, element.textContent.trim());
  }
  return (key, values = {}) => fill(words.get(key) ?? key, values);
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

export function partsOf(root) {
  const parts = {};
  for (const element of root.querySelectorAll("[data-part]")) parts[element.dataset.part] = element;
  return parts;
}

/** What few need: `load` imports it when first used, `make` sets it up once. */
export function later(load, make, failed = () => {}) {
  let made = null;
  return (use = () => {}) => {
    made ??= load().then(make);
    return made.then(use, () => {
      made = null; // tried again next time
      failed();
    });
  };
}
