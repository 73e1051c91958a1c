// The jobs' panel kept up to date: asked for every second or two while one is under way, now and then else.
const BUSY = 1500;
const CALM = 5000;

/** How long to wait before the panel is asked for again. */
export const pause = (panel) => (panel.querySelector("[data-under-way]") ? BUSY : CALM);

/** Put what came in the panel's place; the button that had the focus, and how far the table was scrolled, stay. */
export function renew(panel, page) {
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-jobs]");
  if (!fresh) return panel; // signed out meanwhile
  const focused = panel.contains(document.activeElement) ? document.activeElement.closest("form")?.action : undefined;
  const scrolled = panel.querySelector(".table-scroll")?.scrollLeft ?? 0;
  panel.replaceWith(fresh);
  const table = fresh.querySelector(".table-scroll");
  if (table) table.scrollLeft = scrolled;
  if (focused) [...fresh.querySelectorAll("form")].find((form) => form.action === focused)?.querySelector("button").focus();
  return fresh;
}

async function look(panel) {
  if (document.hidden) return panel;
  const answer = await fetch(panel.dataset.jobs);
  return answer.ok ? renew(panel, await answer.text()) : panel;
}

async function watch(panel) {
  const next = await look(panel).catch(() => panel); // away for a moment: ask again
  setTimeout(() => watch(next), pause(next));
}

const found = globalThis.document?.querySelector("[data-jobs]");
if (found) setTimeout(() => watch(found), pause(found));
