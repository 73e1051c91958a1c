// The list of steps.

import { later } from "./dom.js";
import { drawRow, updateRow } from "./row.js";
import { openCount } from "./spots.js";

/** `list` is the <ol>; returns {draw(lease), update(state), reveal(spot), extend(extra)}. */
export function stepsView(list, tools) {
  const { t } = tools;
  const extras = []; // modules that draw into the rows: {update(state, rows), rowAt?(candidate)}
  let rows = [];
  let open = 0;
  let last = null;
  const alternatives = later(
    () => import("./alternatives.js"), ({ alternativesView }) => extend(alternativesView(tools)));

  function extend(extra) {
    extras.push(extra);
    if (!last) return;
    extra.update(last, rows);
    if (last.current >= open) reveal(last.current); // it came after the rater did
  }

  /** The row in view and in focus, so that screen readers read it and Tab reaches its faces. */
  function reveal(spot, smooth) {
    const other = () => extras.map((extra) => extra.rowAt?.(spot - open)).find(Boolean);
    const item = (spot < open ? rows[spot] : other())?.item;
    if (!item) return;
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
  }

  return {
    extend,
    reveal,
    draw(lease) {
      const name = (step) => t("step_name", { step, count: lease.steps.length });
      const drawn = ({ text }, index) =>
        drawRow({ text, kind: "step", number: index + 1, name: name(index + 1), place: { index } }, tools);
      rows = lease.steps.map(drawn);
      list.replaceChildren(...rows.map((row) => row.item));
      if (lease.steps.some((step) => step.alternatives)) alternatives();
    },
    update(state) {
      last = state;
      open = openCount(state);
      rows.forEach((row, spot) => updateRow(row, state.steps[spot], { spot, isOpen: spot < open }, state, t));
      for (const extra of extras) extra.update(state, rows);
    },
  };
}
