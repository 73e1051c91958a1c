// One table of keys: the dispatcher, the buttons' hints and the key help are all made from it.

export const KEY_TABLE = [
  { action: "negative", keys: ["1"], group: "rate" },
  { action: "neutral", keys: ["2"], group: "rate" },
  { action: "positive", keys: ["3"], group: "rate" },
  { action: "unsure", keys: ["f"], group: "rate" },
  { action: "clear", keys: ["Backspace"], group: "rate" },
  { action: "note", keys: ["n"], group: "rate", only: ({ error_notes: notes }) => notes !== "off" },
  { action: "own", keys: ["o"], group: "rate", only: ({ mode }) => mode === "alternatives" },
  { action: "end", keys: ["e"], group: "rate", only: ({ mode }) => mode === "alternatives" },
  { action: "undo", keys: ["u"], group: "rate" },
  { action: "next", keys: ["j", "ArrowDown", "ArrowRight"], group: "move", repeats: true },
  { action: "previous", keys: ["k", "ArrowUp", "ArrowLeft"], group: "move", repeats: true },
  { action: "submit", keys: ["Enter"], group: "finish" },
  { action: "give_up", keys: ["x"], group: "finish" },
  { action: "bad_problem", keys: ["b"], group: "finish" },
  { action: "skip", keys: ["s"], group: "finish" },
  { action: "wrong_answer", keys: ["w"], group: "write" },
  { action: "ask", keys: ["q"], group: "write" },
  { action: "break", keys: ["p"], group: "help" },
  { action: "guidelines", keys: ["g"], group: "help" },
  { action: "help", keys: ["?"], group: "help" },
];

const FIXED = [{ action: "back", keys: ["Escape"], group: "rate" }]; // it closes dialogs too

const GLYPHS = {
  Delete: "⌦", Enter: "↵", Escape: "Esc", Backspace: "⌫", ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→",
};

export function glyph(key) {
  return GLYPHS[key] ?? key;
}

export function keysFor(action, table = KEY_TABLE) {
  return table.find((row) => row.action === action)?.keys ?? [];
}

/** The rows with a rater's own keys; an action that the map does not name keeps those that it gives to no other. */
export function withOwnKeys(own, table = KEY_TABLE) {
  const taken = new Set(Object.values(own ?? {}).flat());
  return table.map((row) => ({ ...row, keys: own?.[row.action] ?? row.keys.filter((key) => !taken.has(key)) }));
}

/** The rows that mean something on a page of this configuration, with the rater's own keys. */
export function tableFor(config, table = KEY_TABLE) {
  return [...withOwnKeys(config.keys, table).filter((row) => !row.only || row.only(config)), ...FIXED];
}

export function normal(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}

/** What stands on the pressed key of a Latin keyboard: for digits that need Shift, and for layouts without Latin letters. */
function byPlace({ key, code = "", shiftKey }) {
  if (/^Digit\d$/.test(code)) return shiftKey ? null : code.at(-1);
  return /^Key[A-Z]$/.test(code) && key > "\u007f" ? code.at(-1).toLowerCase() : null;
}

function rowFor(press, table) {
  const having = (key) => key && table.find((row) => row.keys.includes(key));
  return having(normal(press.key)) ?? having(byPlace(press));
}

/** Where typing or pressing Enter already means something else; pressing a chosen face again would mean nothing. */
export function isTyping(target) {
  return Boolean(target?.closest?.("input, textarea, select, [contenteditable]"));
}

export function activates(target, key) {
  if (key === "Enter" && target?.closest?.(".face[aria-pressed=true]")) return false; // after a click it has the focus
  return (key === "Enter" || key === " ") && Boolean(target?.closest?.("a[href], button, summary"));
}

/** The action a key press asks for, or null. `press` has the fields of a KeyboardEvent. */
export function actionFor(press, table = KEY_TABLE) {
  if (press.defaultPrevented || press.isComposing) return null;
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (isTyping(press.target) || activates(press.target, press.key)) return null;
  const row = rowFor(press, table);
  // A key held down must not rate a whole solution or submit the next item.
  if (!row || (press.repeat && !row.repeats)) return null;
  return row.action;
}

/** Listen on `target`; `perform` maps action -> function; `isPaused()` is true while a dialog is open. */
export function dispatchKeys({ target, perform, isPaused, table = KEY_TABLE }) {
  const listener = (press) => {
    const action = isPaused() ? null : actionFor(press, table);
    if (action === null || !perform[action]) return;
    press.preventDefault();
    perform[action]();
  };
  target.addEventListener("keydown", listener);
  return () => target.removeEventListener("keydown", listener);
}

/** The keys in force on a page: `use(own)` puts a rater's own keys in force at once; `show(table)` marks them. */
export function keyboard({ config, show, target = document, ...dispatch }) {
  let table = null;
  let stop = () => {};
  function use(own) {
    config.keys = own;
    table = tableFor(config);
    stop();
    stop = dispatchKeys({ ...dispatch, target, table });
    show(table);
  }
  use(config.keys);
  return { table: () => table, use };
}
