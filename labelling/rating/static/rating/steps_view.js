// The list of steps.

import { later } from "./dom.js";
import { drawRow, updateRow } from "./row.js";
import { openCount } from "./spots.js";

/** `list` is the <ol>; returns {draw(lease), update(state), reveal(spot), extend(extra)}. */
export function stepsView(list, tools) {
  const { t } = tools;
  const extras = []; // modules that draw into the rows: {update(state, rows), rowAt?(candidate)}
  let rows = [];
  let ahead = null; // { lease, rows }: of the next item, as far as drawn
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

  function drawn(lease, index, typesetInto = tools.typesetInto) {
    const name = t("step_name", { step: index + 1, count: lease.steps.length });
    return drawRow({ text: lease.steps[index].text, kind: "step", number: index + 1, name, place: { index } },
      { ...tools, typesetInto });
  }

  return {
    extend,
    reveal,
    /** A row in each idle moment, so that no key has to wait for them. */
    prepare(lease, whenIdle) {
      const mine = (ahead = { lease, rows: [] });
      whenIdle(function some(deadline) {
        if (ahead !== mine) return;
        do {
          if (mine.rows.length === lease.steps.length) return;
          mine.rows.push(drawn(lease, mine.rows.length, tools.typesetAhead));
        } while (deadline?.timeRemaining?.() > 8);
        whenIdle(some);
      });
    },
    draw(lease) {
      const done = ahead?.lease.id === lease.id ? ahead.rows : [];
      ahead = null;
      rows = lease.steps.map((_, index) => done[index] ?? drawn(lease, index));
      for (const row of done) tools.adopt(row.main.lastChild);
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
