// Finds the maths in a text. Pure: text in, a list of pieces out; `typeset.js` draws them.
// A piece is {type: "text", value} or {type: "maths", value, display, source}.

const ENVIRONMENTS =
  /^\\begin\{((?:align|gather|equation|alignat)\*?|aligned|gathered|cases|array|[pbvBV]?matrix)\}/;
const PROSE_GROUP = /\\(?:text|textbf|textit|textrm|mathrm|mathbf|operatorname|mbox)\s*\{[^{}]*\}/g;
const OPERATORS = new Set(["sin", "cos", "tan", "cot", "log", "ln", "exp", "gcd", "lcm", "mod", "max", "min", "lim"]);
const SIGNS_OF_TEX = /\\[A-Za-z]|[\^_{}]/;
const LONGEST_BRACES = 5000; // a text full of openers must not cost time quadratic in its length
const BLANK_LINE = /\n[ \t]*\n/;
const NESTED = /(?:^|[^\\])(?:\\\\)*\\[[(]/; // an opener inside: the one before it was never closed

const isDigit = (char) => char >= "0" && char <= "9";
const isWordChar = (char) => /[A-Za-z0-9]/.test(char);

/** Index of the first `mark` at or after `from` that no backslash escapes, or -1. */
function findUnescaped(text, mark, from) {
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

/** Index of the brace that closes the one at `open`, or -1. */
export function closingBrace(text, open) {
  let depth = 0;
  const end = Math.min(text.length, open + LONGEST_BRACES);
  for (let at = open; at < end; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "{") depth += 1;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

/** Words of ordinary language in what might be maths: not commands, not \text{…}, not AB or sin. */
function proseWords(content) {
  const bare = content.replace(PROSE_GROUP, " ").replace(/\\[A-Za-z]+/g, " ");
  const words = bare.match(/[A-Za-z]{2,}/g) ?? [];
  return words.filter((word) => /[a-z]/.test(word) && !OPERATORS.has(word.toLowerCase()));
}

/** How many words of prose `$…$` may hold before two dollar signs are two prices. */
function proseLimit(content) {
  if (SIGNS_OF_TEX.test(content)) return 4;
  if (!isDigit(content.trimStart()[0])) return 3;
  return /\d$|^\s|[.,;:?!]\s/.test(content) ? 1 : 2;
}

function spacesMatch(content) {
  return /^\s/.test(content) === /\s$/.test(content);
}

/** Whether the text between two dollar signs is maths, not "2 per egg and " between two prices. */
function isInlineMaths(content, before, after) {
  if (content.trim() === "" || BLANK_LINE.test(content) || !spacesMatch(content)) return false;
  if (/^[,.;:)\]]/.test(content)) return false;
  const tex = SIGNS_OF_TEX.test(content);
  if (!tex && (isDigit(after) || /^\s*\d.*[-=+*/]$/.test(content))) return false;
  if (isWordChar(before) && !tex && /\s/.test(content)) return false;
  if (isWordChar(after) && /[-=+*/([<>,]$/.test(content) && /\s|^\d/.test(content)) return false;
  return proseWords(content).length < proseLimit(content);
}

const maths = (value, display, source) => ({ type: "maths", value, display, source });

/** A reader of one delimited form: the piece that starts at `at`, or null. */
function delimited(open, close, display) {
  return (text, at) => {
    if (!text.startsWith(open, at)) return null;
    const end = findUnescaped(text, close, at + open.length);
    if (end < 0) return null;
    const value = text.slice(at + open.length, end);
    if (!display && (BLANK_LINE.test(value) || NESTED.test(value))) return null;
    return value.trim() === "" ? null : maths(value, display, text.slice(at, end + close.length));
  };
}

function dollar(text, at) {
  if (text[at] !== "$") return null;
  const end = findUnescaped(text, "$", at + 1);
  const content = text.slice(at + 1, end);
  if (end < 0 || !isInlineMaths(content, text[at - 1] ?? "", text[end + 1] ?? "")) return null;
  return maths(content, false, text.slice(at, end + 1));
}

function boxed(text, at) {
  const head = /^\\f?box(?:ed)?\s*\{/.exec(text.slice(at, at + 16));
  const end = head ? closingBrace(text, at + head[0].length - 1) : -1;
  if (end < 0) return null;
  const source = text.slice(at, end + 1);
  return maths(source, false, source);
}

function environment(text, at) {
  const head = ENVIRONMENTS.exec(text.slice(at, at + 24));
  if (!head) return null;
  const tail = `\\end{${head[1]}}`;
  const near = text.slice(at, at + LONGEST_BRACES);
  const end = near.indexOf(tail);
  if (end < 0) return null;
  const source = near.slice(0, end + tail.length);
  return maths(source, true, source);
}

const READERS = [
  delimited("$$", "$$", true),
  delimited("\\[", "\\]", true),
  delimited("\\(", "\\)", false),
  dollar,
  boxed,
  environment,
];

function readMaths(text, at) {
  for (const reader of READERS) {
    const piece = reader(text, at);
    if (piece) return piece;
  }
  return null;
}

/** Length of the plain text at `at`, and what it shows: `\$` is a dollar sign, everything else itself. */
function readPlain(text, at) {
  if (text.startsWith("\\$", at)) return ["$", 2];
  if (text.startsWith("\\\\", at)) return ["\\\\", 2];
  return [text[at], 1];
}

export function tokenise(text) {
  const pieces = [];
  let plain = "";
  const flush = () => {
    if (plain) pieces.push({ type: "text", value: plain });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const piece = "$\\".includes(text[at]) ? readMaths(text, at) : null;
    if (piece) {
      flush();
      pieces.push(piece);
      at += piece.source.length;
    } else {
      const [shown, length] = readPlain(text, at);
      plain += shown;
      at += length;
    }
  }
  flush();
  return pieces;
}
