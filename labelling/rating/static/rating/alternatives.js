// The other candidates for the failing step, drawn below it while it fails. Brought when an item has some.

import { h } from "./dom.js";
import { alternativesOf, firstError, openCount } from "./spots.js";
import { drawRow, updateRow } from "./rows.js";

/** 0 -> "a", 25 -> "z": fewer than that are offered. */
const letter = (candidate) => String.fromCharCode(97 + candidate);

export function alternativesView(tools) {
  const { t } = tools;
  let drawn = null; // which step of which item they are drawn for
  let rows = [];
  let box = null;

  function draw(state, step) {
    rows = state.lease.steps[step].alternatives.map(({ text }, candidate) => {
      const number = `${step + 1}${letter(candidate)}`;
      const name = t("alternative_name", { step: number });
      return drawRow({ text, kind: "alternative", number, name, place: { candidate } }, tools);
    });
    const title = t("alternatives_title", { step: step + 1 });
    const list = h("ol", { class: "steps", "aria-label": title }, ...rows.map((row) => row.item));
    box = h("div", { class: "alternatives" }, h("p", { class: "muted", "aria-hidden": "true", text: title }), list);
  }

  return {
    rowAt: (candidate) => rows[candidate],
    update(state, steps) {
      const judged = alternativesOf(state);
      const step = firstError(state);
      const wanted = judged.length ? `${state.lease.id} ${step}` : null;
      if (wanted !== drawn) {
        box?.remove();
        rows = [];
        if (wanted) draw(state, step);
        if (wanted) steps[step].item.append(box);
        drawn = wanted;
      }
      rows.forEach((row, candidate) => updateRow(row, judged[candidate], { spot: openCount(state) + candidate }, state, t));
    },
  };
}
