import assert from "node:assert/strict";
import { describe, test } from "node:test";
import katex from "katex";
import { answerText, MAX_FORMULA, MAX_FORMULAS, typeset } from "../../labelling/rating/static/rating/typeset.js";
import { MiniDocument } from "./mini_dom.mjs";

const document = new MiniDocument();
globalThis.document = document; // KaTeX asks for the page's own

function draw(text, engine = katex) {
  const element = document.createElement("div");
  typeset(element, text, { document, katex: engine, label: "not drawn" });
  return element;
}

const byClass = (element, name) => [...element.walk()].filter((node) => node.className?.split?.(" ").includes(name));
const sources = (element) => byClass(element, "maths-source").map((node) => node.textContent);

describe("drawing", () => {
  test("text and formulas stand in their order", () => {
    const drawn = draw("so $x^2$ costs $2");
    assert.equal(drawn.children.length, 3);
    assert.equal(drawn.children[0].textContent, "so ");
    assert.equal(drawn.children[1].className, "maths");
    assert.equal(drawn.children[2].textContent, " costs $2");
  });
  test("a formula has MathML for screen readers beside its picture", () => {
    const tags = [...draw("$x^2$").walk()].map((node) => node.tag);
    assert.ok(tags.includes("math") && tags.includes("msup"));
  });
  test("white space around a display formula is the formula's", () => {
    const drawn = draw("First\n   \\[\n a \n\\]\n   then");
    assert.equal(drawn.children[0].textContent, "First");
    assert.equal(drawn.children[1].className, "maths maths-display");
    assert.equal(drawn.children[2].textContent, "then");
  });
  test("drawing again replaces what was there", () => {
    const element = document.createElement("div");
    for (const text of ["one", "two"]) typeset(element, text, { document, katex, label: "" });
    assert.equal(element.textContent, "two");
  });
});

describe("formulas that fail", () => {
  test("the source is shown, marked and explained, and the rest of the text stays", () => {
    const drawn = draw("a $\\frac{1}{$ b $\\nosuch{3}$ c $y$");
    assert.deepEqual(sources(drawn), ["$\\frac{1}{$", "$\\nosuch{3}$"]);
    assert.equal(byClass(drawn, "maths-source")[0].title, "not drawn");
    assert.equal(byClass(drawn, "katex").length, 1);
  });
  test("a macro that grows without end is stopped", () => {
    assert.equal(sources(draw("$\\def\\a{\\a\\a}\\a$")).length, 1);
  });
  test("a formula longer than any real one is not even tried", () => {
    assert.equal(sources(draw(`$${"x+".repeat(MAX_FORMULA)}1$`)).length, 1);
  });
  test("of a text with thousands of formulas the first ones are drawn", () => {
    const drawn = draw("$a$ ".repeat(MAX_FORMULAS + 3));
    assert.equal(byClass(drawn, "katex").length, MAX_FORMULAS);
    assert.equal(sources(drawn).length, 3);
  });
  test("without KaTeX the sources are still readable", () => {
    assert.deepEqual(sources(draw("see $x$", null)), ["$x$"]);
  });
});

describe("imported text is hostile", () => {
  test("markup is text", () => {
    const drawn = draw("<img src=x onerror=alert(1)> $<b>$");
    assert.ok(drawn.textContent.startsWith("<img src=x onerror=alert(1)> "));
    assert.deepEqual([...drawn.walk()].filter((node) => ["img", "b"].includes(node.tag)), []);
  });
  test("links, images, classes and styles are refused", () => {
    const drawn = draw("$\\href{javascript:alert(1)}{x} \\includegraphics{https://x.example/y.png} \\htmlStyle{top:0}{z}$");
    const nodes = [...drawn.walk()];
    assert.deepEqual(nodes.filter((node) => ["a", "img"].includes(node.tag)), []);
    assert.deepEqual(nodes.filter((node) => node.getAttribute?.("href")), []);
  });
  test("no style attribute is left for the policy to refuse, yet the style is there", () => {
    const drawn = draw("$\\vec{v}$ $\\fcolorbox{red}{blue}{x}$");
    const nodes = [...drawn.walk()];
    assert.deepEqual(nodes.filter((node) => node.getAttribute?.("style")), []);
    assert.ok(nodes.some((node) => node.style?.cssText === "width:0.471em"));
  });
});

describe("how people really write", () => {
  test("a per cent sign does not swallow the rest of the line", () => {
    assert.match(draw("\\( 30% \\times 100 = 30 \\)").textContent, /30%.*100.*=.*30/s);
    assert.equal(sources(draw("\\[ \\text{25% fee} = 10\\% \\]")).length, 0);
  });
  test("dollars and ampersands inside a formula are signs", () => {
    assert.deepEqual(sources(draw("\\( 2 \\times 5 = $10 \\) and \\[ \\text{M&Ms} = 3 \\]")), []);
    assert.match(draw("\\(2 = $10\\)").textContent, /\$10|\$.*10/s);
  });
  test("an ampersand that aligns still aligns", () => {
    const drawn = draw("\\begin{align*} a &= b \\\\ c &= d \\end{align*}");
    assert.equal(sources(drawn).length, 0);
    assert.ok([...drawn.walk()].some((node) => node.tag === "mtable"));
  });
});

describe("reference answers", () => {
  test("bare TeX is maths, everything else is left as it is", () => {
    assert.equal(answerText("-\\frac{7}{3}"), "$-\\frac{7}{3}$");
    assert.equal(answerText("x^2"), "$x^2$");
    for (const plain of ["18", "$\\pi$", "\\(2^5\\)", "Tuesday", "$5", null]) assert.equal(answerText(plain), plain);
  });
});

describe("formulas made to hang the page", () => {
  test("nested sizes show their source", () => {
    const drawn = draw(`$${"\\Huge ".repeat(400)}x$`);
    assert.equal(sources(drawn).length, 1);
  });
  test("deep nesting shows its source", () => {
    assert.equal(sources(draw(`$${"\\sqrt{".repeat(200)}x${"}".repeat(200)}$`)).length, 1);
  });
  test("a ten-storey fraction and a size or two are drawn", () => {
    assert.deepEqual(sources(draw(`$${"1+\\frac{1}{".repeat(10)}x${"}".repeat(10)}$ and $\\large x + \\small y$`)), []);
  });
});
