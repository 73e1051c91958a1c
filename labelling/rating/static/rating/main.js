// Wires the labelling page: keys and clicks become events, the state becomes the page, changes go to the server.

import { activeTime, isIdle, noteActivity, noteVisibility, noteWaiting, startClock, watchActivity } from "./clock.js";
import { later, partsOf, stringsFrom } from "./dom.js";
import { cleanDraft, eraseDraft, loadDraft, localStore, markSynced, newerDraft, outboxFor, saveDraft } from "./drafts.js";
import { keyboard } from "./keys.js";
import * as steps from "./session.js";
import { backoff, draftSaver, failureKind, newUuid, submitter } from "./sync.js";
import { createView } from "./view.js";
import { request } from "../stepmark/http.js";
import "../vendor/katex/katex.min.js";

const config = JSON.parse(document.getElementById("page-config").textContent);
const t = stringsFrom(document.getElementById("strings"));
const parts = partsOf(document);
const timers = { set: (action, ms) => setTimeout(action, ms), clear: (id) => clearTimeout(id) };
const outbox = outboxFor(localStore(), config.rater);

const mode = config.mode !== "alternatives" ? { ...steps, cleanDraft }
  : (await import("./turns_mode.js")).createMode({ request, timers, t, send: (event) => send(event), getState: () => state });
let state = { ...mode.newSession(config.mode, config.error_notes), done: config.done };
let clock = startClock(Date.now());
let known = new Map(); // the leases held, by id
let claimTries = 0;
let claimTimer = null;
let isKept = true; // whether this browser could store the last draft; else the page must not promise it

function send(event) {
  const before = state;
  state = mode.reduce(state, event);
  if (state === before) return;
  if (state.lease && state.lease === before.lease && state.seq !== before.seq) keepDraft();
  clock = noteWaiting(clock, mode.isWaiting?.(state) ?? false, Date.now());
  view.render(state);
  mode.after?.(state);
  if (config.auto_submit && mode.completes?.(before, state, event)) submit();
}

const view = createView({ parts, t, katex: globalThis.katex, send, mode });
const saver = draftSaver({
  timers,
  send: (job, { keepalive = false } = {}) => request("PUT", job.url, job.draft, { keepalive }),
  report(kind, job, error) {
    if (kind === "saved") markSynced(localStore(), config.rater, job.leaseId, job.draft.seq);
    if (error?.code === "submitted") return moveOn();
    send({ type: "draft-reported", kind: isKept || kind === "saved" ? kind : "local-failed", message: error?.message });
  },
});

function keepDraft() {
  const { id, draft_url: url } = state.lease;
  const now = activeTime(clock, Date.now());
  isKept = saveDraft(localStore(), config.rater, id, mode.draftOf(state, now));
  saver.changed({ url, leaseId: id, draft: mode.wireDraft(state, now) });
}

const submits = submitter({
  timers,
  outbox,
  send: (item) => request("POST", item.url, item.body),
  report: {
    waiting: ({ kind }) => send({ type: "submit-waiting", kind }),
    accepted(answer, leaseId) {
      eraseDraft(localStore(), config.rater, leaseId);
      send({ type: "submit-accepted" });
      show(answer);
    },
    refused(error) {
      send({ type: "submit-refused", message: error.message });
      if (error.code === "submitted") moveOn();
      else if (!state.lease) claim();
    },
  },
});

/** `held`: ids of all leases, in their order; `leases`: those that the answer brings. */
function show({ held, leases, reason, message }) {
  saver.reset();
  const all = new Map([...known.values(), ...leases].map((lease) => [lease.id, lease]));
  known = new Map(held.map((id) => [id, all.get(id)]));
  if (held.length === 0) return send({ type: "lease-none", reason, message });
  const lease = known.get(held[0]);
  if (!lease) return claim();
  const local = loadDraft(localStore(), config.rater, lease.id, lease.steps.length, mode.cleanDraft);
  const draft = newerDraft(local, mode.cleanDraft(lease.draft, lease.steps.length));
  clock = startClock(Date.now(), { total: draft?.total_time ?? 0, visible: !document.hidden });
  send({ type: "lease-opened", lease, draft });
  mode.ahead?.([...known.values()].slice(1));
  if (draft && draft === local && local.seq > (lease.draft?.seq ?? -1)) keepDraft();
}

function moveOn() {
  send({ type: "lease-gone" });
  claim();
}

async function claim() {
  timers.clear(claimTimer);
  try {
    const answer = await request("POST", config.claim_url, {});
    claimTries = 0;
    if (!state.lease) show(answer); // a second answer must not restart what the first one opened
  } catch (error) {
    if (state.lease) return;
    const kind = failureKind(error);
    const reason = kind === "signed-out" ? "signed-out" : "unreachable";
    send({ type: "lease-none", reason, message: error.retryable ? "" : error.message });
    if (kind === "offline") claimTimer = timers.set(claim, backoff(claimTries++));
  }
}

function submit(finish = null, reason = "") {
  if (submits.isWaiting()) return submits.poke();
  const { event } = (finish === null && mode.primaryOf?.(state)) || {};
  if (event) return send(event);
  const block = finish === null && mode.submitBlock(state);
  if (block) send({ type: "submit-blocked" });
  if (block) return block.key === "block_note" && openNote();
  if (state.phase !== "labelling") return undefined;
  const totalTime = activeTime(clock, Date.now());
  const body = mode.submission(state, { uuid: newUuid(), totalTime, finish, reason });
  const { id: leaseId, submit_url: url } = state.lease;
  saver.reset();
  send({ type: "submit-started" });
  return submits.submit({ leaseId, url, body });
}

/** Back to others, for good: asked first. */
async function skip() {
  if (state.phase !== "labelling" || parts.skip.hidden || !confirm(t("skip_sure"))) return;
  const { id, skip_url: url } = state.lease;
  saver.reset();
  send({ type: "submit-started" });
  try {
    const answer = await request("POST", url);
    eraseDraft(localStore(), config.rater, id);
    show(answer);
  } catch ({ message }) {
    send({ type: "submit-refused", message });
  }
}

const away = () => send({ type: "told", key: "notice_unreachable" });
const beside = later(() => import("./beside.js"), ({ createBeside }) => createBeside({
  parts, t, config, request, timers, storage: localStore(), getState: () => state, send, submit, keys,
}), away);
const notes = later(() => import("./notes.js"),
  ({ createNotes }) => createNotes({ parts, t, send, view, getState: () => state }), away);
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
  undo: () => send({ type: "undone" }),
  next: () => send({ type: "moved", by: 1 }),
  previous: () => send({ type: "moved", by: -1 }),
  submit: () => submit(),
  give_up: () => askReason("giveUp", "give_up"),
  bad_problem: () => askReason("badProblem", "bad_problem"),
  skip,
  wrong_answer: () => askReason("answer", "wrong_answer"),
  ask: () => dialog(beside, ({ ask }) => ask()),
  guidelines: () => parts.guidelines.click(),
  help: () => dialog(beside, ({ help }) => help()),
  ...mode.perform,
};

for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", perform[button.dataset.do]);
parts.lookAgain.addEventListener("click", claim);
parts.reload.addEventListener("click", () => location.reload());
const keys = keyboard({ config, perform, show: view.showKeys, isPaused: () => coming || document.querySelector("dialog[open]") });

watchActivity(document, () => (clock = noteActivity(clock, Date.now())));
document.addEventListener("visibilitychange", () => {
  clock = noteVisibility(clock, !document.hidden, Date.now());
  if (document.hidden) saver.flush({ keepalive: true });
});
addEventListener("online", () => {
  submits.poke();
  saver.flush();
});
timers.set(function tick() {
  const now = Date.now();
  view.showTime(activeTime(clock, now), isIdle(clock, now));
  mode.tick?.(now);
  timers.set(tick, 1000);
}, 0);
view.render(state);
timers.set(beside, 3_000); // after the first item, not in its way
if (config.error_notes !== "off") notes();
const unsent = outbox.first();
if (unsent) submits.submit(unsent); else claim();
