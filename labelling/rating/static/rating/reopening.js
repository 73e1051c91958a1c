// The rater's own submitted items, opened again to be corrected. Brought when first needed, or in an idle moment.

import { loadDraft } from "./drafts.js";
import { saySame } from "./line.js";
import { newUuid } from "./sync.js";

/** `now()`: { state, line, recent } of the desk at this moment. */
export function createReopening({ config, mode, storage, outbox, request, tell, open, clean, draw, prepareNext, saver, now, hold }) {
  const draftOf = mode.draftOfAnswer ?? ((answer, lease) => clean({ seq: 0, current: 0, ...answer }, lease));

  /** As it waits here to be sent, else as the server has it. */
  async function found(leaseId) {
    const waiting = outbox.all().findLast((entry) => entry.leaseId === leaseId);
    const lease = now().line.leases.get(leaseId);
    if (waiting && lease) return { lease, answer: waiting.body, correctable: true };
    return request("GET", config.reopen_url.replace("LEASE", leaseId));
  }

  async function reopen(leaseId, at = now().recent.length) {
    const asked = now().state;
    const item = await found(leaseId).catch((error) => ({ error }));
    if (item.error) {
      const { retryable, message } = item.error;
      return tell(retryable ? "notice_unreachable" : "notice_refused", { message });
    }
    if (!item.correctable) return tell(`reopen_${item.reason.replaceAll("-", "_")}`);
    const { state } = now();
    if (state.lease !== asked.lease || state.seq !== asked.seq) return undefined; // the rater has gone on meanwhile
    return show(item, at);
  }

  function show({ lease, answer }, at) {
    saver.flush();
    const kept = clean(loadDraft(storage, config.rater, lease.id), lease);
    const begun = kept?.replaces === answer.uuid ? kept : null;
    open(lease, { draft: begun ?? draftOf(answer, lease), reopen: { uuid: answer.uuid, answer, at } });
    hold(begun ? "local" : "idle");
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

  return {
    reopen,
    correctOther,
    reopenAt: (at) => (at < 0 ? tell("notice_no_undo") : reopen(now().recent[at], at)),
  };
}
