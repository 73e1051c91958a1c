// Draws a session's state. What changes is decided in session.js.

import { clockFace } from "./clock.js";
import { setAttribute, setText } from "./dom.js";
import { glyph, keysFor } from "./keys.js";
import { faceButtons, pressFaces, stepsView } from "./rows.js";
import { judgedAt, openCount } from "./spots.js";
import { answerText, textDrawer } from "./typeset.js";

const LINK = { "signed-out": "signed_out", outdated: "outdated", "other-account": "other_account" };
const SAVING = {
  idle: "ready", saving: "saving", saved: "saved", offline: "offline", "local-failed": "local_failed", local: "kept_here",
  stale: "stale", refused: "draft_refused", "signed-out": "signed_out", outdated: "outdated",
};
const TROUBLE = new Set(["offline", "local-failed", "stale", "refused", "signed-out", "outdated"]);
const CALM = { link: "ok", waiting: 0, aside: 0, unkept: 0, reopened: null, recent: 0 };

/** What the status line says: {key, trouble}. What waits to be sent matters more than a draft. */
export function statusOf(state, { link, waiting, aside, unkept } = CALM) {
  if (LINK[link]) return { key: LINK[link], trouble: true };
  if (link === "offline" && unkept) return { key: "sending_unkept", trouble: true };
  if (link === "offline" && waiting) return { key: "sending_offline", trouble: true };
  if (aside) return { key: "sending_aside", trouble: true };
  if (waiting || state.sending) return { key: "sending", trouble: false };
  if (state.phase === "starting") return { key: "loading", trouble: false };
  if (state.phase === "empty") return { key: "nothing_open", trouble: false };
  return { key: SAVING[state.saving.kind], trouble: TROUBLE.has(state.saving.kind) };
}

const loadAlternatives = () => import("./alternatives.js"); // here, as it needs the rows that would load it

/** `mode`: as main.js has it; one without a body of its own lists steps. */
export function createView({ parts, t, katex, send, mode, done }) {
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const texts = textDrawer({ document, katex, label: t("maths_failed") });
  const typesetInto = texts.draw;
  let keys = [];
  const hint = (action) => {
    const [key] = keysFor(action, keys);
    return key ? `${t(`name_${action}`)} (${glyph(key)})` : t(`name_${action}`);
  };
  const steps = (mode.createBody ?? stepsView)(
    parts.steps, { t, typesetInto, typesetAhead: texts.ahead, adopt: texts.adopt, send, hint, loadAlternatives });
  const barFaces = faceButtons(t, (rating) => send({ type: "rated", rating }), { hint });
  parts.barFaces.append(...barFaces);
  watchProblemHeight(parts.problem);
  let shown = null;
  let ahead = null; // { lease, problem }: the next item's problem, set out of sight

  /** The next item is set in idle moments, so that it is there at once. */
  function prepare(lease) {
    if (ahead?.lease.id === lease.id) return;
    ahead = { lease, problem: null };
    whenIdle(() => {
      if (ahead?.lease !== lease) return;
      ahead.problem = document.createElement("div");
      texts.ahead(ahead.problem, lease.problem.text);
      steps.prepare?.(lease, whenIdle);
    });
  }

  function drawItem(lease) {
    const asked = lease.problem;
    texts.begin();
    if (ahead?.lease.id === lease.id && ahead.problem) {
      parts.problemText.replaceChildren(...ahead.problem.childNodes);
      texts.adopt(parts.problemText);
    } else typesetInto(parts.problemText, asked.text);
    ahead = null;
    setText(parts.answerLabel, t(asked.reference_is_guess ? "guess" : "answer"));
    drawOptional(parts.answer, parts.answerText, answerText(asked.reference_answer));
    drawOptional(parts.solution, parts.solutionText, asked.reference_solution);
    parts.problem.scrollTop = 0;
    steps.draw(lease);
    scrollTo({ top: 0, behavior: "auto" });
  }

  function drawOptional(box, body, text) {
    box.hidden = !text;
    typesetInto(body, text ?? "");
  }

  function drawStatus(state, desk) {
    const { key, trouble } = statusOf(state, desk);
    const text = t(key, { ...state.saving, count: key === "sending_aside" ? desk.aside : desk.waiting });
    setText(parts.status, text);
    parts.status.classList.toggle("is-trouble", trouble);
    parts.status.classList.toggle("is-busy", key === "sending" || state.phase === "starting");
    speak(text, trouble, key);
    parts.signIn.hidden = !["signed_out", "other_account"].includes(key);
    parts.tryNow.hidden = desk.link !== "offline";
    parts.reload.hidden = !["outdated", "stale"].includes(key);
    const { notice } = state;
    setText(parts.notice, notice ? t(notice.key, notice.values) : "");
    // Why it can't be submitted stands beside the button already: there it lights up, here it is only spoken.
    const isWhy = Boolean(notice?.key.startsWith("block_"));
    parts.notice.classList.toggle("visually-hidden", isWhy);
    parts.why.classList.toggle("is-urgent", isWhy);
  }

  /** Trouble and its end are spoken; "Saving… Saved" after every single rating is not. */
  function speak(text, trouble, key) {
    const isOver = parts.spoken.textContent !== "" && ["saved", "ready"].includes(key);
    if (trouble || isOver) setText(parts.spoken, text);
  }

  function drawBar(state, desk) {
    const instead = mode.primaryOf?.(state);
    const block = instead ? null : mode.submitBlock(state);
    setAttribute(parts.submit, "aria-disabled", String(Boolean(block)));
    setText(parts.submitLabel, t(instead?.label ?? (desk.reopened ? "submit_again" : "submit")));
    parts.reopened.hidden = !desk.reopened;
    const { said } = state; // with the answer that is reopened
    setText(parts.said, said ? t(`said_${said.kind}`, said) : "");
    setText(parts.why, block && state.phase === "labelling" ? t(block.key, block.values) : "");
    const step = judgedAt(state, state.current);
    pressFaces(barFaces, step?.rating ?? null, state.phase !== "labelling" || !step);
    const { length: count } = state.steps;
    const place = mode.placeName ?? "step_name";
    setText(parts.position, count ? t(place, { step: Math.min(state.current + 1, openCount(state)), count }) : "");
    setText(parts.done, done(state.done));
    for (const button of [parts.unsure, parts.giveUp, parts.badProblem, parts.skip, parts.ask, parts.wrongAnswer]) {
      button.disabled = state.phase !== "labelling";
    }
    parts.skip.disabled ||= Boolean(desk.reopened);
    parts.undo.disabled = state.phase !== "labelling" && (state.phase !== "empty" || !desk.recent);
    setAttribute(parts.unsure, "aria-pressed", String(Boolean(step?.flagged)));
  }

  function drawEmpty(state) {
    const { reason, message } = state.empty ?? {};
    parts.work.hidden = !state.lease;
    parts.empty.hidden = state.phase !== "empty";
    if (parts.empty.hidden) return;
    const key = `empty_${(reason ?? "").replaceAll("-", "_")}`;
    const known = t(key) === key ? "empty_queue_empty" : key;
    setText(parts.emptyTitle, t(known));
    setText(parts.emptyText, message || t(`${known}_text`));
    parts.emptyGuidelines.hidden = reason !== "guidelines";
  }

  function focusCurrent(state, before) {
    const isNew = state.lease?.id !== before?.lease?.id;
    const hasMoved = isNew || state.current !== before?.current;
    if (state.phase === "labelling" && hasMoved) steps.reveal(state.current, !isNew && !reduced.matches);
  }

  return {
    extend: steps.extend,
    typesetInto,
    hint,
    prepare,
    render(state, desk = CALM) {
      const before = shown;
      shown = state;
      drawEmpty(state);
      if (state.lease && state.lease.id !== before?.lease?.id) drawItem(state.lease);
      if (state.lease) steps.update(state);
      drawStatus(state, desk);
      drawBar(state, desk);
      focusCurrent(state, before);
    },
    /** The keys as they are now, wherever the page names one. */
    showKeys(table) {
      keys = table;
      for (const named of document.querySelectorAll("[data-hint]")) named.title = hint(named.dataset.hint);
      for (const mark of document.querySelectorAll("[data-keys]")) {
        const [key] = keysFor(mark.dataset.keys, keys);
        mark.hidden = !key;
        setText(mark, glyph(key ?? ""));
      }
    },
    showTime(ms, idle) {
      setText(parts.time, clockFace(ms));
      parts.time.classList.toggle("is-idle", idle);
    },
  };
}

function whenIdle(work) {
  if (globalThis.requestIdleCallback) requestIdleCallback(work, { timeout: 2000 });
  else setTimeout(work, 50);
}

/** The problem sticks to the top on tall screens; steps must not hide beneath it. */
function watchProblemHeight(problem) {
  new ResizeObserver(() => {
    const isSticky = getComputedStyle(problem).position === "sticky";
    document.documentElement.style.setProperty("--stuck", `${isSticky ? problem.offsetHeight : 0}px`);
  }).observe(problem);
}
