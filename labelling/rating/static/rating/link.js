// How the page stands with the server, and whether the account that opened it is still signed in there.

import { backoff, failureKind } from "./sync.js";

const LOST = ["signed-out", "outdated", "other-account"];

/** `retry()` tries everything again, `draw()` shows what has changed. */
export function createLink({ rater, timers, renewToken, retry, draw }) {
  let kind = "ok"; // ok | sending | offline | signed-out | outdated | other-account
  let tries = 0;

  const again = (action) => timers.set(action, backoff(tries++));

  /** A page of the same session in another tab may have signed in anew, or another account. */
  async function renew(why) {
    const found = await renewToken().catch((error) => error);
    if (found?.rater === rater) {
      kind = "ok";
      if (why !== "outdated") draw();
      return again(retry);
    }
    kind = found?.rater ? "other-account" : failureKind(found);
    draw();
    return kind === "offline" ? again(retry) : undefined;
  }

  return {
    again,
    kind: () => kind,
    /** The server has answered as it should. */
    works: () => (tries = 0),
    is(found) {
      if (found !== "sending" || kind === "ok") kind = found;
    },
    /** A session that ended is asked for anew. */
    met: (found) => ["signed-out", "outdated"].includes(found) && renew(found),
    /** Has somebody signed in again? */
    look: () => LOST.includes(kind) && renew(kind),
  };
}
