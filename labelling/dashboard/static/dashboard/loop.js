// The next round in the making: how far it is, asked for now and then; the page comes anew when it has ended.
const PAUSE = 1000;

/** What to show of the stages, in order, while the one named is under way. */
export function marks(stages, current) {
  const at = Math.max(0, stages.indexOf(current));
  return stages.map((_, place) => (place < at ? "is-done" : place === at ? "is-now" : ""));
}

function show(panel, { done, total, stage, name }) {
  const bar = panel.querySelector("progress");
  bar.max = total || 100;
  bar.value = done;
  const items = [...panel.querySelectorAll("[data-stage]")];
  const found = marks(items.map((item) => item.dataset.stage), stage);
  items.forEach((item, place) => {
    item.className = found[place];
    if (found[place] === "is-now") item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
  const status = panel.querySelector("[data-loop-status]");
  if (name && status.textContent !== name) status.textContent = name; // spoken once a stage
}

async function look(panel) {
  const answer = await fetch(panel.dataset.loop, { headers: { Accept: "application/json" } });
  if (!answer.ok) return false;
  const told = await answer.json();
  if (told.state !== "queued" && told.state !== "running") return true;
  show(panel, told);
  return false;
}

async function watch(panel) {
  const ended = await look(panel).catch(() => false); // away for a moment: ask again
  if (ended) location.reload();
  else setTimeout(() => watch(panel), PAUSE);
}

const panel = globalThis.document?.querySelector("[data-loop]");
if (panel) setTimeout(() => watch(panel), PAUSE);
