// Three dialogs: a reason that must be given, whether to skip, and the key help made from the key table.

import { h, setText } from "./dom.js";
import { glyph, KEY_TABLE } from "./keys.js";

/** Rows by group, in the table's order: [[group, rows], …]. */
export function grouped(table = KEY_TABLE) {
  const groups = new Map();
  for (const row of table) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return [...groups];
}

/** Asks for a reason; `onReason(kind, reason, lease)` only ever gets a non-empty one. */
export function reasonDialog(parts, t, onReason) {
  const { reasonDialog: dialog, reasonForm, reasonTitle, reasonHint, reasonText, reasonError } = parts;
  let kind = null;
  let about = null;

  reasonForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = reasonText.value.trim();
    const missing = reason === "";
    reasonText.setAttribute("aria-invalid", String(missing));
    setText(reasonError, missing ? t("reason_missing") : "");
    if (missing) return reasonText.focus();
    dialog.close();
    if (kind === "wrong_answer") reasonText.value = ""; // the others end the item, which may come back
    onReason(kind, reason, about);
  });
  reasonText.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) reasonForm.requestSubmit();
  });
  parts.reasonCancel.addEventListener("click", () => dialog.close());

  return {
    /** What was typed is still there for the same item; else what was `said` when it was submitted. */
    open(which, lease, said) {
      if (which !== kind || lease.id !== about.id) reasonText.value = said?.kind === which ? said.reason : "";
      [kind, about] = [which, lease];
      setText(reasonTitle, t(`${which}_title`));
      setText(reasonHint, t(`${which}_hint`));
      setText(reasonError, "");
      reasonText.removeAttribute("aria-invalid");
      dialog.showModal();
      reasonText.focus();
    },
  };
}

/** Whether to give an item back: `onSkip(lease)` only for the one that was on screen when it was asked. */
export function skipDialog(parts, onSkip) {
  const { skipDialog: dialog } = parts;
  let about = null;
  parts.skipCancel.addEventListener("click", () => dialog.close());
  parts.skipYes.addEventListener("click", () => {
    dialog.close();
    onSkip(about);
  });
  return {
    open(lease) {
      about = lease;
      dialog.showModal();
    },
  };
}

function keyRow(row, t) {
  const keys = row.keys.map((key) => h("kbd", { text: glyph(key) }));
  return h("tr", {}, h("td", { class: "key-cell" }, ...keys), h("td", { text: t(`key_${row.action}`) }));
}

function keyGroup([group, rows], t) {
  const head = h("tr", {}, h("th", { colspan: "2", scope: "rowgroup", text: t(`keys_${group}`) }));
  return h("tbody", {}, head, ...rows.map((row) => keyRow(row, t)));
}

export function helpDialog(parts, t, getTable, change) {
  const { helpDialog: dialog } = parts;
  parts.helpClose.addEventListener("click", () => dialog.close());
  parts.helpChange.addEventListener("click", () => {
    dialog.close();
    change();
  });
  return {
    open() {
      parts.helpTable.replaceChildren(...grouped(getTable()).map((group) => keyGroup(group, t)));
      dialog.showModal();
    },
  };
}
