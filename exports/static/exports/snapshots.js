// Builds at work: their figures, asked for now and then; the page comes anew when one of them has ended.
const PAUSE = 1000;
const figures = new Intl.NumberFormat(document.documentElement.lang);

async function look(row) {
  const answer = await fetch(row.dataset.build, { headers: { Accept: "application/json" } });
  if (!answer.ok) return false;
  const { state, done, total } = await answer.json();
  const bar = row.querySelector("progress");
  if (total) {
    bar.max = total;
    bar.value = done;
    row.querySelector("[data-figures]").textContent = `${figures.format(done)} / ${figures.format(total)}`;
  }
  return state === "done" || state === "failed";
}

async function watch(rows) {
  const ended = await Promise.all(rows.map((row) => look(row).catch(() => false))); // away for a moment: ask again
  if (ended.includes(true)) location.reload();
  else setTimeout(() => watch(rows), PAUSE);
}

const rows = [...document.querySelectorAll("[data-build]")];
if (rows.length) setTimeout(() => watch(rows), PAUSE);
