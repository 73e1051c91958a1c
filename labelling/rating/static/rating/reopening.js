// What is needed now and then: submitted items opened again to be corrected, items given back, and submits that were not
// taken. Brought in an idle moment.

import { eraseDraft, loadDraft } from "./drafts.js";
import { saySame } from "./line.js";
import { newUuid } from "./sync.js";

/** `now()`: { line, recent } of the desk at this moment. */
export function createReopening({
  config, mode, storage, outbox, request, send, tell, draw, prepareNext, paper, now, skipped, claim, unsubmit,
}) {
  /** As it waits here to be sent, else as the server has it. */
  async function found(leaseId) {
    const waiting = outbox.all().findLast((entry) => entry.leaseId === leaseId);
    const lease = now().line.leases.get(leaseId);
    if (waiting && lease) return { lease, answer: waiting.body, correctable: true };
    return request("GET", config.reopen_url.replace("LEASE", () => encodeURIComponent(leaseId)));
  }

  async function reopen(leaseId, at = now().recent.length) {
    const asked = paper.state();
    const item = await found(leaseId).catch((error) => ({ error }));
    if (item.error) {
      const { retryable, message } = item.error;
      return tell(retryable ? "notice_unreachable" : "notice_refused", { message });
    }
    if (!item.correctable) return tell(`reopen_${item.reason.replaceAll("-", "_")}`);
    const state = paper.state();
    if (state.lease !== asked.lease || state.seq !== asked.seq) return undefined; // the rater has gone on meanwhile
    return show(item, at);
  }

  function show({ lease, answer }, at) {
    paper.flush();
    const kept = paper.clean(loadDraft(storage, config.rater, lease.id), lease);
    const begun = kept?.replaces === answer.uuid ? kept : null;
    paper.open(lease, { draft: begun ?? mode.draftOfAnswer(answer, lease), reopen: { uuid: answer.uuid, answer, at } });
    const { reason, finish_reason: kind } = answer;
    const said = ["give_up", "bad_problem"].includes(kind) ? { kind, reason } : null;
    paper.change({ saving: { kind: begun ? "local" : "idle" }, said });
    draw();
    prepareNext();
  }

  /**
   * Nothing pressed is lost: it goes back to the rater, or becomes a correction of what was submitted elsewhere. Whether it
   * counts as done no more; undefined where that can't be settled yet.
   */
  async function refused({ code, message }, entry) {
    if (["submitted", "replaced"].includes(code)) return correctOther(entry);
    const isFresh = !entry.body.replaces;
    if (isFresh) unsubmit(entry);
    if (isFresh && !["skipped", "voided"].includes(code)) claim();
    else eraseDraft(storage, config.rater, entry.leaseId);
    tell("notice_refused", { message });
    return isFresh;
  }

  /** Another tab has submitted the same item first: what was pressed here becomes a correction, unless it says the same. */
  async function correctOther({ leaseId, url, body }) {
    const { answer, correctable, retryable } = await request("GET", url.replace(/submit\/$/, "")).catch((error) => error);
    if (retryable) return undefined;
    if (!answer || saySame(answer, body)) return false;
    if (correctable) outbox.put({ leaseId, url, body: { ...body, uuid: newUuid(), replaces: answer.uuid } });
    else tell("notice_elsewhere");
    return false;
  }

  /** Back to others, for good. */
  async function skip() {
    const { phase, lease } = paper.state();
    if (phase !== "labelling" || paper.reopened()) return;
    paper.close();
    send({ type: "submit-started" });
    const { answer, error } = await request("POST", lease.skip_url).then((answer) => ({ answer }), (error) => ({ error }));
    if (error) return void send({ type: "submit-refused", message: error.message });
    paper.forget(lease.id);
    skipped(lease.id, answer);
  }

  return {
    skip,
    reopen,
    refused,
    reopenAt: (at) => (at < 0 ? tell("notice_no_undo") : reopen(now().recent[at], at)),
  };
}
