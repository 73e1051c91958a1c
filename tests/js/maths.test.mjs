import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closingBrace, tokenise } from "../../labelling/rating/static/rating/maths.js";

const found = (text) => tokenise(text).filter((piece) => piece.type === "maths").map((piece) => piece.value);
const shown = (text) => tokenise(text).map((piece) => piece.value).join("|");

describe("money stays money", () => {
  const money = [
    "sells them for $2 each and $3 more",
    "She sells the remainder for $2 per fresh duck egg. How much does she make?",
    "She makes 9 * 2 = $18 every day, so $18 * 7 = $126 a week.",
    "13 * 2 = $26",
    "It costs $5-$3 or ($2)($3)=$6",
    "$1,000 and $2,000; $1,000-$2,000",
    "Tickets cost $5.50, drinks $3.",
    "He paid $5 (he had $20) and left.",
    "He has 4$ and she has 5$.",
    "10$, 20$",
    "between $2 and 3$",
    "$2 per egg\nShe then pays $3",
    "a lone $ sign",
    "$$ is nothing",
    "US$ and AU$",
    "$ 5 and $ 3 are prices",
    "$5 per hour, so $5 for one",
    "from $4/hr to $6/hr",
    "100 * 30 = $3000=$ in all",
    "earning $10 a day.\n\nHe needs 100$",
  ];
  for (const text of money) {
    test(JSON.stringify(text), () => {
      assert.deepEqual(found(text), []);
      assert.equal(shown(text), text);
    });
  }
});

describe("maths is maths", () => {
  const cases = [
    ["$x^2$", ["x^2"]],
    ["so $5$ is odd", ["5"]],
    ["$2$ and $3$ give $6$.", ["2", "3", "6"]],
    ["$2x + 3 = 7$", ["2x + 3 = 7"]],
    ["$ABC$ is a triangle with $AB = CD$", ["ABC", "AB = CD"]],
    ["$ x + 1 $", [" x + 1 "]],
    ["$3 km$ and $\\sin x$", ["3 km", "\\sin x"]],
    ["$2 \\text{ eggs per day and more words here}$", ["2 \\text{ eggs per day and more words here}"]],
    ["$x,$ and $y.$", ["x,", "y."]],
    ["costs $2, i.e. ($x$ dollars)", ["x"]],
    ["price is $5 and cost=$x$", ["x"]],
    ["She pays $16, so $x = 16$.", ["x = 16"]],
    ["$\\$5 + \\$3$", ["\\$5 + \\$3"]],
    ["$n-$th and $\\{1,2\\}$", ["n-", "\\{1,2\\}"]],
    ["\\(a\\) then \\[b\\] then $$c$$", ["a", "b", "c"]],
    ["\\[\n 16 - 7 = 9\n\\]", ["\n 16 - 7 = 9\n"]],
    ["The answer is \\boxed{\\frac{1}{2}}.", ["\\boxed{\\frac{1}{2}}"]],
    ["\\( S be the water. So \\[ a \\] and \\( b \\)", [" a ", " b "]],
    ["\\( a \\\\[2pt] b \\)", [" a \\\\[2pt] b "]],
    ["$\\boxed{18}$", ["\\boxed{18}"]],
    ["\\begin{align*} a &= b \\end{align*}", ["\\begin{align*} a &= b \\end{align*}"]],
  ];
  for (const [text, expected] of cases) test(JSON.stringify(text), () => assert.deepEqual(found(text), expected));
});

describe("pieces", () => {
  test("display and inline are told apart", () => {
    const display = tokenise("$$a$$ \\[b\\] $c$ \\(d\\)").filter((piece) => piece.type === "maths");
    assert.deepEqual(display.map((piece) => piece.display), [true, true, false, false]);
  });
  test("an escaped dollar is a dollar", () => {
    assert.deepEqual(tokenise("\\$3 more"), [{ type: "text", value: "$3 more" }]);
    assert.deepEqual(found("\\$3 and \\$4"), []);
  });
  test("delimiters that never close are text", () => {
    for (const text of ["\\(x", "\\[x", "$$x", "$x", "\\boxed{x", "\\begin{align} x"]) assert.deepEqual(found(text), []);
  });
  test("empty formulas are text", () => {
    assert.deepEqual(found("\\(\\) \\[ \\] $$ $$"), []);
  });
  test("an escaped backslash does not open maths", () => {
    assert.deepEqual(found("\\\\(x\\\\)"), []);
  });
  test("nothing of a text is lost", () => {
    const text = "A $x$ costs $2, \\[y\\] and \\boxed{z}; $3 more.\nEnd";
    const sources = tokenise(text).map((piece) => piece.source ?? piece.value);
    assert.equal(sources.join(""), text);
  });
  test("braces are matched past escaped ones", () => {
    assert.equal(closingBrace("{a\\}b}", 0), 5);
    assert.equal(closingBrace("{a", 0), -1);
  });
  test("a hostile text of many openers is read in reasonable time", () => {
    const started = performance.now();
    tokenise("$a ".repeat(4000) + "\\boxed{".repeat(2000) + "\\(".repeat(4000));
    assert.ok(performance.now() - started < 2000);
  });
});
