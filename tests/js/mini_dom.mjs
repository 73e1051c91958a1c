// As much of a document as drawing a formula takes: elements, text, attributes, styles. No parser, no innerHTML.
class Node {
  constructor() { this.children = []; }
  append(...nodes) { this.children.push(...nodes.map((node) => (typeof node === "string" ? new Text(node) : node))); }
  appendChild(node) { this.append(node); return node; }
  replaceChildren(...nodes) { this.children = []; this.append(...nodes); }
  get textContent() { return this.children.map((child) => child.textContent).join(""); }
  set textContent(text) { this.children = [new Text(text)]; }
  *walk() { yield this; for (const child of this.children) yield* child.walk(); }
}

class Text extends Node {
  constructor(text) { super(); this.text = text; }
  get textContent() { return this.text; }
}

class Element extends Node {
  #attributes = new Map();
  constructor(tag) { super(); Object.assign(this, { tag, className: "", title: "", style: {} }); }
  setAttribute(name, value) { this.#attributes.set(name, String(value)); }
  getAttribute(name) { return this.#attributes.get(name) ?? null; }
  hasAttribute(name) { return this.#attributes.has(name); }
  get dataset() {
    const attributes = this.#attributes;
    return new Proxy({}, {
      get: (_, name) => attributes.get(`data-${name}`),
      deleteProperty: (_, name) => attributes.delete(`data-${name}`),
    });
  }
  querySelectorAll(selector) {
    const name = selector.slice(1, -1); // only [attribute] is ever asked for
    return [...this.walk()].filter((node) => node instanceof Element && node !== this && node.hasAttribute(name));
  }
}

export class MiniDocument {
  compatMode = "CSS1Compat";
  createElement(tag) { return new Element(tag); }
  createElementNS(_, tag) { return new Element(tag); }
  createTextNode(text) { return new Text(text); }
  createDocumentFragment() { return new Element("#fragment"); }
}
