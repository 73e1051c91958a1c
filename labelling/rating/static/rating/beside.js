// What stands beside the rating: reasons, key help, words to the lead and what comes back, a break, the rater's own keys.
// Brought in an idle moment after the first item, with its styles, so that it is there when the network is not.

import { createBreak } from "./break.js";
import { helpDialog, reasonDialog, skipDialog } from "./dialogs.js";
import { later, setText } from "./dom.js";
import { createLetters } from "./letters.js";
import { watchAnswers } from "./watch.js";

/** The template's link, once its styles are there. */
function styled(template) {
  const link = template.content.firstElementChild.cloneNode();
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => (link.remove(), reject(new Error("no styles"))));
    document.head.append(link);
  });
}

/** `keys`: { table(), use(map) }; `submit(finish, reason)` and `skip()` end the item, `send(event)` goes to the session. */
export async function createBeside(page) {
  await styled(page.parts.besideStyles);
  const { parts, t, config, request, timers, getState, send, submit, skip, keys } = page;
  const tell = (key, values) => send({ type: "told", key, values });
  let { unread, waiting } = config.answers;

  function show(count) {
    for (const badge of document.querySelectorAll("[data-unread]")) {
      badge.hidden = count === 0;
      setText(badge.firstElementChild, String(count));
    }
    if (count > unread) tell("answers_new");
    unread = count;
  }

  const watch = watchAnswers({ request, url: config.answers.url, timers, isHidden: () => document.hidden, show });
  const letters = createLetters({ ...page, tell, asked });
  const reasons = reasonDialog(parts, t, (kind, reason, lease) =>
    kind === "wrong_answer" ? letters.wrongAnswer(lease, reason) : submit(kind, reason));
  const skips = skipDialog(parts, (lease) => lease === getState().lease && skip());
  const editor = later(() => import("./key_editor.js"), ({ createKeyEditor }) =>
    createKeyEditor({ parts, t, save, getOwn: () => config.keys }), () => tell("notice_unreachable"));
  const help = helpDialog(parts, t, keys.table, () => editor(({ open }) => open()));

  async function save(map) {
    const { keys: kept } = await request("PUT", config.keys_url, { keys: map });
    keys.use(kept);
    tell("keys_saved");
  }

  function asked() {
    waiting += 1;
    watch.soon();
  }

  document.addEventListener("visibilitychange", () => {
    if (waiting || unread) watch.look();
  });
  addEventListener("online", letters.poke);
  if (waiting || unread) watch.soon();
  letters.poke(); // what an earlier page could not send

  return {
    rest: createBreak({ ...page, rater: config.rater }).open,
    help: help.open,
    ask: letters.ask,
    skip: () => getState().phase === "labelling" && skips.open(getState().lease),
    reason: (kind) => getState().phase === "labelling" && reasons.open(kind, getState().lease, getState().said),
  };
}
