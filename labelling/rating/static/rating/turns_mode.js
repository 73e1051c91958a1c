// Alternatives mode in one piece, for main.js, which imports it only where a campaign is in this mode.

import {
  answered, cleanDraft, draftOf, isWaiting, newSession, primaryOf, reduce, submission, submitBlock, wireDraft,
} from "./turns.js";
import { turnsDriver } from "./turns_driver.js";
import { turnsView } from "./turns_view.js";

/** `tools`: request, send, getState, timers, t. What main.js and view.js ask of a mode. */
export function createMode(tools) {
  const driver = turnsDriver(tools);
  const { send } = tools;
  let body = null;
  return {
    newSession, reduce, cleanDraft, draftOf, wireDraft, submission, submitBlock, primaryOf, isWaiting,
    draftOfAnswer: (answer) => answered(answer),
    after: driver.after,
    ahead: driver.ahead,
    createBody(list, more) {
      const again = () => {
        driver.again();
        send({ type: "turn-asked-again" });
      };
      body = turnsView(list, { ...tools, ...more, actions: { settle: driver.settle, again } });
      return body;
    },
    tick: (now) => body?.tick(now),
    placeName: "candidate_name",
    perform: {
      own: () => send({ type: "own-opened" }),
      end: () => send({ type: "end-toggled" }),
    },
  };
}
