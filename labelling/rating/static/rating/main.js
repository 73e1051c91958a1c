// Wires the labelling page: keys and clicks become events, the desk's state becomes the page.

import { isIdle, noteActivity, noteStop, watchActivity } from "./clock.js";
import { createDesk } from "./desk.js";
import { later, partsOf, stringsFrom } from "./dom.js";
import { cleanDraft, localStore } from "./drafts.js";
import { keyboard } from "./keys.js";
import * as steps from "./session.js";
import { createView } from "./view.js";
import { renewToken, request } from "../stepmark/http.js";
import "../vendor/katex/katex.min.js";

const config = JSON.parse(document.getElementById("page-config").textContent);
const t = stringsFrom(document.getElementById("strings"));
const parts = partsOf(document);
const timers = { set: (action, ms) => setTimeout(action, ms), clear: (id) => clearTimeout(id) };
const LOOK_MS = 15_000; // whether somebody has signed in again

/** One tab at a time; without locks (plain HTTP) two may send the same, which the server takes as once. */
const lock = (work) => (navigator.locks ? navigator.locks.request(`stepmark:${config.rater}`, work) : work());

const send = (event) => desk.send(event);
const mode = config.mode !== "alternatives" ? { ...steps, cleanDraft }
  : (await import("./turns_mode.js")).createMode({ request, timers, t, send, getState: () => desk.getState() });
const { screening } = config;
const done = (count) => (screening ? t("screening_count", { count, total: screening.total }) : t("done_count", { count }));
const view = createView({ parts, t, katex: globalThis.katex, send, mode, done });
/** The last answer of a screening leads to its result, once the server has it. */
function render(state, facts) {
  if (screening && state.done >= screening.total && facts.waiting === 0) location.assign(screening.url);
  else view.render(state, facts);
}

const desk = createDesk({
  config, mode, storage: localStore(), request, timers, lock,
  render, prepare: view.prepare, renewToken: () => renewToken(config.session_url, config.rater),
});

function submit(finish = null, reason = "") {
  const block = desk.submit(finish, reason);
  if (block?.key === "block_note") openNote();
}

const away = () => send({ type: "told", key: "notice_unreachable" });
const beside = later(() => import("./beside.js"), ({ createBeside }) => createBeside({
  parts, t, config, request, timers, storage: localStore(), getState: desk.getState, send, submit, skip: desk.skip, keys,
  stop: (on) => desk.clock((clock, now) => noteStop(clock, "break", on, now)),
}), away);
const notes = later(() => import("./notes.js"),
  ({ createNotes }) => createNotes({ parts, t, send, view, getState: desk.getState }), away);
let coming = 0; // dialogs on their way: what is typed meanwhile is not for the steps
const dialog = (module, open) => ((coming += 1), module(open)).finally(() => (coming -= 1));
const openNote = () => dialog(notes, ({ open }) => open());
const askReason = (part, kind) => parts[part].hidden || dialog(beside, ({ reason }) => reason(kind));

const perform = {
  negative: () => send({ type: "rated", rating: -1 }),
  neutral: () => send({ type: "rated", rating: 0 }),
  positive: () => send({ type: "rated", rating: 1 }),
  unsure: () => send({ type: "flagged" }),
  clear: () => send({ type: "cleared" }),
  note: openNote,
  undo: desk.undo,
  back: () => desk.back(),
  next: () => send({ type: "moved", by: 1 }),
  previous: () => send({ type: "moved", by: -1 }),
  submit: () => submit(),
  give_up: () => askReason("giveUp", "give_up"),
  bad_problem: () => askReason("badProblem", "bad_problem"),
  skip: () => parts.skip.hidden || parts.skip.disabled || dialog(beside, ({ skip }) => skip()),
  wrong_answer: () => askReason("answer", "wrong_answer"),
  ask: () => dialog(beside, ({ ask }) => ask()),
  break: () => dialog(beside, ({ rest }) => rest()),
  guidelines: () => parts.guidelines.click(),
  help: () => dialog(beside, ({ help }) => help()),
  ...mode.perform,
};

for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", perform[button.dataset.do]);
parts.lookAgain.addEventListener("click", desk.poke);
parts.tryNow.addEventListener("click", desk.poke);
parts.reload.addEventListener("click", () => location.reload());
const keys = keyboard({ config, perform, show: view.showKeys, isPaused: () => coming || document.querySelector("dialog[open]") });

watchActivity(document, () => desk.clock(noteActivity));
const stopWhileHidden = () => desk.clock((clock, now) => noteStop(clock, "hidden", document.hidden, now));
document.addEventListener("visibilitychange", () => {
  stopWhileHidden();
  if (document.hidden) desk.flush();
  else desk.look();
});
addEventListener("online", desk.poke);
addEventListener("focus", desk.look);
addEventListener("storage", desk.elsewhere);
addEventListener("beforeunload", (event) => desk.isAtRisk() && event.preventDefault());
timers.set(function tick() {
  const { clock, active } = desk.time();
  view.showTime(active, isIdle(clock, Date.now()));
  mode.tick?.(Date.now());
  timers.set(tick, 1000);
}, 0);
timers.set(function look() {
  desk.look();
  timers.set(look, LOOK_MS);
}, LOOK_MS);

stopWhileHidden();
desk.start(new URLSearchParams(location.search).get("reopen"));
if (history.state?.rest === config.rater) perform.break(); // it was going on when the page was left
if (location.search) history.replaceState(null, "", location.pathname); // a reload shows the open item
timers.set(() => (beside(), desk.ready()), 3000); // after the first item, not in its way
if (config.error_notes !== "off") notes();
