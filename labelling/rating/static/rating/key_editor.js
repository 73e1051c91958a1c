// The dialog in which a rater changes the keys. A press is taken where a key's button has been pressed; Tab and Escape
// always work as everywhere else.

import { grouped } from "./dialogs.js";
import { h, setText } from "./dom.js";
import { glyph, KEY_TABLE, withOwnKeys } from "./keys.js";
import { assigned, mapOf, MOST_KEYS, offered, refusal, wireMap, without } from "./keymap.js";

/** `save(map)` stores it (null: the page's own) and rejects with a message; `getOwn()` is the map in force, or null. */
export function createKeyEditor({ parts, t, save, getOwn }) {
  const { keysDialog: dialog, keysTable: table, keysSaid: said, keysError: error } = parts;
  const first = mapOf(KEY_TABLE);
  let map = first;
  let taking = null; // { action, at }: where the next key goes

  const nameOf = (action) => t(`name_${action}`);

  function keyButton(action, at, key) {
    const isTaken = taking?.action === action && taking.at === at;
    const label = key ? t("keys_change", { key: glyph(key), action: nameOf(action) }) : t("keys_add", { action: nameOf(action) });
    return h("button", {
      type: "button", class: "button key-button", "aria-label": isTaken ? t("keys_press", { action: nameOf(action) }) : label,
      "aria-pressed": String(isTaken), data: { action, at }, text: isTaken ? "…" : key ? glyph(key) : "+",
      on: { click: () => take(isTaken ? null : { action, at }) },
    });
  }

  function removeButton(action, at, key) {
    const label = t("keys_remove", { key: glyph(key), action: nameOf(action) });
    return h("button", {
      type: "button", class: "link key-remove", "aria-label": label, title: label, text: "×",
      on: { click: () => change(without(map, action, at), action, 0) },
    });
  }

  function row({ action }) {
    const keys = map[action];
    const cells = keys.flatMap((key, at) => [
      keyButton(action, at, key), ...(keys.length > 1 ? [removeButton(action, at, key)] : []),
    ]);
    if (keys.length < MOST_KEYS) cells.push(keyButton(action, keys.length, null));
    return h("tr", {}, h("th", { scope: "row", text: nameOf(action) }), h("td", { class: "key-cells" }, ...cells));
  }

  function draw() {
    table.replaceChildren(...grouped(KEY_TABLE).map(([group, rows]) => h("tbody", {},
      h("tr", {}, h("th", { colspan: "2", scope: "rowgroup", class: "key-group", text: t(`keys_${group}`) })), ...rows.map(row))));
  }

  function focusOn(action, at) {
    table.querySelector(`[data-action="${action}"][data-at="${at}"]`)?.focus();
  }

  function take(place) {
    const { action, at } = place ?? taking;
    taking = place;
    setText(error, "");
    setText(said, place ? t("keys_press", { action: nameOf(action) }) : "");
    draw();
    focusOn(action, at);
  }

  function change(next, action, at) {
    map = next;
    taking = null;
    setText(error, "");
    setText(said, t("keys_now", { action: nameOf(action), keys: map[action].map(glyph).join(", ") }));
    draw();
    focusOn(action, at);
  }

  function pressed(event) {
    if (!taking) return;
    if (event.key === "Tab") return take(null); // and on to the next button, as always
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) return;
    if (event.key === "Escape") return take(null);
    const key = offered(event);
    const { action, at } = taking;
    const wrong = key && refusal(map, action, at, key);
    if (wrong) setText(error, t(wrong.key, { key: glyph(key), action: wrong.values.owner && nameOf(wrong.values.owner) }));
    else if (key) change(assigned(map, action, at, key), action, at);
  }

  async function saved() {
    setText(error, "");
    try {
      await save(wireMap(map, KEY_TABLE));
      dialog.close();
    } catch ({ message }) {
      setText(error, t("keys_not_saved", { message }));
    }
  }

  dialog.addEventListener("keydown", pressed, { capture: true });
  dialog.addEventListener("cancel", (event) => taking && event.preventDefault());
  parts.keysSave.addEventListener("click", saved);
  parts.keysCancel.addEventListener("click", () => dialog.close());
  parts.keysReset.addEventListener("click", () => {
    map = first;
    setText(error, "");
    setText(said, t("keys_first_again"));
    draw();
  });

  return {
    open() {
      map = mapOf(withOwnKeys(getOwn()));
      taking = null;
      for (const line of [said, error]) setText(line, "");
      draw();
      dialog.showModal();
    },
  };
}
