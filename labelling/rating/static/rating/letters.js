// What a rater writes to the lead: a question on the item or one of its steps, and that the shown answer looks wrong.
// Neither is a judgement: the rater goes on.

import { h, setAttribute, setText } from "./dom.js";
import { mailbox } from "./mail.js";
import { newUuid } from "./sync.js";

const SENT = { sent: "letter_sent", kept: "letter_kept", unkept: "letter_unkept", refused: "notice_refused" };

/** `tell(key, values)` puts words into the page's notice; `asked()` is called when a question has arrived. */
export function createLetters({ parts, t, config, storage, request, timers, getState, tell, asked }) {
  const { askDialog: dialog, askForm: form, askStep: steps, askText: text, askError: error } = parts;
  const box = mailbox({ storage, rater: config.rater, request, timers, report });
  let about = null; // the lease that the dialog's words are about

  function report({ kind, item, error: why }) {
    tell(SENT[kind], { message: why?.message ?? "" });
    if (kind === "sent" && item.body.kind) asked();
    if (kind === "refused" && !text.value) text.value = item.body.text ?? ""; // to be put right
  }

  function stepChoices(count, current) {
    const all = h("option", { value: "", text: t("ask_whole") });
    const each = Array.from({ length: count }, (_, index) =>
      h("option", { value: String(index), text: t("step_name", { step: index + 1, count }) }));
    steps.replaceChildren(all, ...each);
    steps.value = count ? String(current) : "";
  }

  function fault() {
    if (form.elements.kind.value === "split" && steps.value === "") return { key: "ask_step_missing", field: steps };
    return text.value.trim() ? null : { key: "ask_missing", field: text };
  }

  function sent(event) {
    event.preventDefault();
    const wrong = fault();
    for (const field of [steps, text]) setAttribute(field, "aria-invalid", field === wrong?.field ? "true" : null);
    setText(error, wrong ? t(wrong.key) : "");
    if (wrong) return wrong.field.focus();
    const step = steps.value === "" ? null : Number(steps.value);
    const body = { uuid: newUuid(), kind: form.elements.kind.value, step, text: text.value.trim() };
    dialog.close();
    text.value = "";
    return box.send({ url: about.question_url, body });
  }

  form.addEventListener("submit", sent);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  parts.askCancel.addEventListener("click", () => dialog.close());

  return {
    poke: box.poke,
    /** What was typed and not sent is still there when the dialog opens again on the same item. */
    ask() {
      const { lease, steps: shown, current, turns, turn } = getState();
      if (!lease) return;
      if (lease.id !== about?.id) form.reset();
      about = lease;
      const count = turns ? turns.length + Number(turn !== null) : shown.length; // in turns, each is a step
      stepChoices(count, turns ? count - 1 : Math.min(current, count - 1));
      setText(error, "");
      dialog.showModal();
      text.focus();
    },
    wrongAnswer(lease, note) {
      const { reference_answer: shown } = lease.problem;
      return box.send({ url: lease.report_url, body: { uuid: newUuid(), shown, note } });
    },
  };
}
