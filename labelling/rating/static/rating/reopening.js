// What is needed now and then: submitted items opened again to be corrected, and items given back. Brought in an idle moment.

import { loadDraft } from "./drafts.js";
import { saySame } from "./line.js";
import { newUuid } from "./sync.js";

/** `now()`: { line, recent } of the desk at this moment. */
export function createReopening({ config, mode, storage, outbox, request, send, tell, draw, prepareNext, paper, now, skipped }) {
  const draftOf = mode.draftOfAnswer ?? ((answer, lease) => paper.clean({ seq: 0, current: 0, ...answer }, lease));

  /** As it waits here to be sent, else as the server has it. */
  async function found(leaseId) {
    const waiting = outbox.all().findLast((entry) => entry.leaseId === leaseId);
    const lease = now().line.leases.get(leaseId);
    if (waiting && lease) return { lease, answer: waiting.body, correctable: true };
    return request("GET", config.reopen_url.replace("LEASE", leaseId));
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
    paper.open(lease, { draft: begun ?? draftOf(answer, lease), reopen: { uuid: answer.uuid, answer, at } });
    paper.change({ saving: { kind: begun ? "local" : "idle" } });
    draw();
    prepareNext();
  }

  /** Another tab has submitted the same item first: what was pressed here becomes a correction, unless it says the same. */
  async function correctOther(entry) {
    const item = await request("GET", entry.url.replace(/submit\/$/, "")).catch(() => null);
    if (!item?.answer || saySame(item.answer, entry.body)) return;
    if (!item.correctable) tell("notice_elsewhere");
    else outbox.put({ leaseId: entry.leaseId, url: entry.url, body: { ...entry.body, uuid: newUuid(), replaces: item.answer.uuid } });
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
    correctOther,
    reopenAt: (at) => (at < 0 ? tell("notice_no_undo") : reopen(now().recent[at], at)),
  };
}
