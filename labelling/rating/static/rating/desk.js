// The rater's desk: which item is open, which come next, what waits to be sent. Knows no DOM. On screen is the first of the
// line, or what was reopened. A submit is kept here and the next item opens at once; the outbox sends in order.

import { later } from "./dom.js";
import { addRecent, eraseDraft, loadRecent, noticed } from "./drafts.js";
import { finishLease, isBrought, leaseAt, newLine, takeOffer, unfinishLease } from "./line.js";
import { claimer, createLink } from "./link.js";
import { outboxFor, sender } from "./outbox.js";
import { createPaper } from "./paper.js";

const isFresh = (entry) => !entry.body.replaces;

/** `render(state, desk)` draws; `mode`: the session's functions; `prepare(lease)` draws the next item out of sight. */
export function createDesk({ config, mode, storage, request, timers, render, prepare, lock, renewToken, now = Date.now }) {
  const { rater, campaign } = config;
  const outbox = outboxFor(storage, rater, now);
  const mine = (entry) => entry.url.includes(`/campaigns/${campaign}/`);
  const unsent = outbox.all().filter((entry) => mine(entry) && isFresh(entry)).map((entry) => entry.leaseId);
  const link = createLink({ rater, timers, renewToken, retry: poke, draw: () => (paper.state().lease || none(), draw()) });
  const met = (kind) => (kind === "saved" ? calm() : link.met(kind));
  const paper = createPaper({ config, mode, storage, request, timers, now, send, met, gone: () => claim() });
  let recent = loadRecent(storage, rater, campaign);
  let line = newLine(unsent);
  paper.countDone(unsent.filter((id) => !config.done_last.includes(id)).length); // of these the server has not told

  function draw() {
    const state = paper.state();
    paper.wait(mode.isWaiting?.(state) ?? false);
    render(state, { link: link.kind(), reopened: paper.reopened(), recent: recent.length, ...outbox.counts() });
    mode.after?.(state);
  }

  function send(event) {
    const before = paper.state();
    if (!paper.apply(event)) return;
    draw();
    if (config.auto_submit && mode.completes?.(before, paper.state(), event)) submit();
  }

  const nothing = (reason, message = "") => send({ type: "lease-none", reason, message });
  const tell = (key, values = {}) => send({ type: "told", key, values });
  /** The server answers again: nobody need read any more that it could not be reached. */
  const calm = () => paper.state().notice?.key === "notice_unreachable" && tell("");

  const claim = claimer({
    request, timers, link, take,
    url: config.claim_url,
    isSending: () => outgoing.isBusy(),
    failed: (kind, { retryable, message }) => paper.state().lease ||
      nothing(["signed-out", "denied"].includes(kind) ? kind : "unreachable", retryable || kind === "denied" ? "" : message),
  });

  const outgoing = sender({
    timers,
    outbox,
    lock,
    send: (entry) => request("POST", entry.url, entry.body),
    report: {
      state(kind) {
        link.is(kind);
        link.met(kind);
        if (kind !== "sending" && !paper.state().lease) none();
        draw();
      },
      accepted(answer, entry) {
        link.works();
        eraseDraft(storage, rater, entry.leaseId);
        if (mine(entry)) take(answer);
      },
      refused: (error, entry) => reopening((more) => more.refused(error, entry)),
    },
  });

  /** It counts as done no more, and may come back. */
  const unsubmit = ({ leaseId }) => ((line = unfinishLease(line, leaseId)), paper.countDone(-1));

  /** The first of the line; where nothing is left, why. */
  function next() {
    const lease = leaseAt(line);
    if (!lease) return line.held.length ? claim() : none();
    paper.resume(lease);
    draw();
    return prepareNext();
  }

  function prepareNext() {
    const first = paper.reopened() ? 0 : 1;
    const ahead = line.held.slice(first).flatMap((_, at) => leaseAt(line, first + at) ?? []);
    if (ahead.length) prepare(ahead[0]);
    mode.ahead?.(ahead);
  }

  function none() {
    paper.close();
    const kind = link.kind();
    if (["signed-out", "other-account"].includes(kind)) nothing(kind);
    else if (kind === "offline") nothing("unreachable");
    else if (outbox.first()) send({ type: "lease-gone" }); // its answer brings more, or says why not
    else if (outbox.counts().aside) nothing("denied");
    else if (line.reason) nothing(line.reason, line.message);
    else claim();
  }

  /** What the server says is held. The item on screen stays while it is held, is being corrected, or has been begun. */
  function take(offer) {
    calm();
    line = takeOffer(line, offer);
    if (!isBrought(line)) claim();
    const { phase, lease } = paper.state();
    const isHeld = phase === "labelling" && (paper.reopened() || line.held.includes(lease.id) || paper.isBegun());
    if (phase === "submitting" || !isHeld) next();
    else prepareNext();
  }

  function submit(finish = null, reason = "") {
    const state = paper.state();
    const { event } = (finish === null && mode.primaryOf?.(state)) || {};
    if (event) return send(event);
    const block = finish === null && mode.submitBlock(state);
    if (block) send({ type: "submit-blocked" });
    if (block || state.phase !== "labelling") return block;
    const body = paper.answer(finish, reason);
    if (!body) return back("notice_unchanged");
    const { id: leaseId, submit_url: url } = state.lease;
    outbox.put({ leaseId, url, body });
    recent = addRecent(storage, rater, campaign, leaseId);
    if (!body.replaces) paper.apply({ type: "submit-accepted" });
    line = finishLease(line, leaseId);
    paper.close();
    outgoing.poke();
    next();
    return null;
  }

  function undo() {
    const { phase, past } = paper.state();
    if (phase !== "empty" && past.length > 0) return send({ type: "undone" });
    return reopening((more) => more.reopenAt((paper.reopened()?.at ?? recent.length) - 1));
  }

  /** To the open item again; what was changed in the reopened one is forgotten. */
  function back(key = null) {
    if (!paper.reopened()) return;
    paper.forget();
    paper.close();
    next();
    if (key) tell(key);
  }

  /** Try everything now: the network may be back, or somebody signed in again. */
  function poke() {
    if (link.look()) return undefined;
    calm();
    outbox.takeUp();
    outgoing.poke();
    paper.flush();
    return paper.state().lease ? undefined : claim();
  }

  /** Another tab of this account has pressed, submitted or sent something. */
  function elsewhere(change) {
    const { kind, id, value } = noticed(change, rater) ?? {};
    if (kind === "outbox") submittedElsewhere(value);
    if (kind === "draft") paper.takeOver(id, value);
    if (kind) draw();
  }

  function submittedElsewhere(entry) {
    if (!entry) return line.held.length > 1 ? undefined : claim(); // sent by the other tab, which got the answer
    if (!mine(entry) || !isFresh(entry)) return undefined;
    if (entry.refused) return unsubmit(entry);
    recent = loadRecent(storage, rater, campaign);
    line = finishLease(line, entry.leaseId);
    const isHere = paper.state().lease?.id === entry.leaseId && !paper.reopened();
    if (!isHere) return paper.countDone(1);
    paper.apply({ type: "submit-accepted" });
    return next();
  }

  const reopening = later(() => import("./reopening.js"), ({ createReopening }) => createReopening({
    config, mode, storage, outbox, request, send, tell, draw, prepareNext, paper, now: () => ({ line, recent }), claim,
    unsubmit: (entry) => mine(entry) && unsubmit(entry),
    skipped: (id, offer) => ((line = finishLease(line, id)), take(offer)),
  }), () => tell("notice_unreachable"));

  return {
    send, submit, undo, back, poke, elsewhere,
    look: link.look,
    skip: () => reopening((more) => more.skip()),
    ready: () => reopening(() => null), // there already when the network is not
    /** `wanted`, a submitted item, opens after what is held: the coming of that would look as if the rater had gone on. */
    start: (wanted) => (draw(), claim().then(() => (outgoing.poke(), wanted && reopening((more) => more.reopen(wanted))))),
    flush: () => paper.flush({ keepalive: true }),
    getState: paper.state,
    isAtRisk: () => outbox.counts().unkept > 0,
    time: paper.time,
    clock: paper.clock,
  };
}
