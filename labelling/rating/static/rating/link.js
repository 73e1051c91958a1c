// How the page stands with the server, whether the account that opened it is still signed in there; and asking it for work.

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
    kind = found?.rater || found?.status === 403 ? "other-account" : failureKind(found); // 403: somebody who is no rater
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

/** Asks for work; where the server can't be reached, again after a while. `take(offer)`: what is held now; `failed(kind, error)`: nothing came. */
export function claimer({ request, url, timers, link, isSending, take, failed }) {
  let busy = false;
  let timer = null;

  return async function claim() {
    if (busy) return;
    busy = true;
    timers.clear(timer);
    const { offer, error } = await request("POST", url, {}).then((offer) => ({ offer }), (error) => ({ error }));
    busy = false;
    if (error) {
      const kind = failureKind(error);
      link.met(kind);
      if (kind === "offline") timer = link.again(claim);
      failed(kind, error);
    } else {
      link.works();
      if (!isSending()) link.is("ok");
      take(offer);
    }
  };
}
