// One table of keys: the dispatcher, the buttons' hints and the key help are all made from it.

export const KEY_TABLE = [
  // `codes` name the physical key too: on keyboards whose digits need Shift, the digit row still rates.
  { action: "negative", keys: ["1"], codes: ["Digit1"], group: "rate" },
  { action: "neutral", keys: ["2"], codes: ["Digit2"], group: "rate" },
  { action: "positive", keys: ["3"], codes: ["Digit3"], group: "rate" },
  { action: "unsure", keys: ["f"], group: "rate" },
  { action: "clear", keys: ["Backspace"], group: "rate" },
  { action: "note", keys: ["n"], group: "rate", only: ({ error_notes: notes }) => notes !== "off" },
  { action: "undo", keys: ["u"], group: "rate" },
  { action: "next", keys: ["j", "ArrowDown", "ArrowRight"], group: "move", repeats: true },
  { action: "previous", keys: ["k", "ArrowUp", "ArrowLeft"], group: "move", repeats: true },
  { action: "submit", keys: ["Enter"], group: "finish" },
  { action: "give_up", keys: ["x"], group: "finish" },
  { action: "bad_problem", keys: ["b"], group: "finish" },
  { action: "skip", keys: ["s"], group: "finish" },
  { action: "guidelines", keys: ["g"], group: "help" },
  { action: "help", keys: ["?"], group: "help" },
];

const GLYPHS = {
  Enter: "↵", Backspace: "⌫", ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→",
};

export function glyph(key) {
  return GLYPHS[key] ?? key;
}

export function keysFor(action, table = KEY_TABLE) {
  return table.find((row) => row.action === action)?.keys ?? [];
}

/** The rows that mean something on a page of this configuration. */
export function tableFor(config, table = KEY_TABLE) {
  return table.filter((row) => !row.only || row.only(config));
}

function normal(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}

function rowFor(press, table) {
  const key = normal(press.key);
  return (
    table.find((row) => row.keys.some((wanted) => normal(wanted) === key)) ??
    table.find((row) => !press.shiftKey && row.codes?.includes(press.code))
  );
}

/** Where typing or pressing Enter already means something else. */
export function isTyping(target) {
  return Boolean(target?.closest?.("input, textarea, select, [contenteditable]"));
}

export function activates(target, key) {
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
