// A rater's own keys while they are being changed: which key may be put where. Pure: a map is action -> keys.

import { normal } from "./keys.js";

export const MOST_KEYS = 4;
const NAMED = new Set(["Enter", "Backspace", "Delete", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"]);
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Fn", "Dead", "Process"]);

export function mapOf(table) {
  return Object.fromEntries(table.map(({ action, keys }) => [action, keys]));
}

/** What a press offers: null where it is no key by itself, or belongs to the browser's own shortcuts. */
export function offered(press) {
  if (press.isComposing || press.ctrlKey || press.altKey || press.metaKey || MODIFIERS.has(press.key)) return null;
  return normal(press.key);
}

/** Why the action can't have the key at this place, as { key of the page's strings, values }; null where it can. */
export function refusal(map, action, at, key) {
  const isPrintable = key.length === 1 && !/[\p{C}\p{M}\p{Z}]/u.test(key);
  if (!isPrintable && !NAMED.has(key)) return { key: "keys_reserved", values: {} };
  const owner = Object.keys(map).find((one) => map[one].includes(key));
  if (!owner || (owner === action && map[action][at] === key)) return null;
  return { key: "keys_clash", values: { owner } };
}

/** The map with the key at that place of the action; one place beyond the last adds it. */
export function assigned(map, action, at, key) {
  return { ...map, [action]: map[action].toSpliced(at, 1, key) };
}

export function without(map, action, at) {
  return map[action].length < 2 ? map : { ...map, [action]: map[action].toSpliced(at, 1) };
}

/** What is sent to the server: all that have keys, or null where each has the page's own. */
export function wireMap(map, table) {
  const isOwn = table.some(({ action, keys }) => keys.join(" ") !== map[action].join(" "));
  return isOwn ? Object.fromEntries(Object.entries(map).filter(([, keys]) => keys.length > 0)) : null;
}
