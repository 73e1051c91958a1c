// Asking the server for work; where it can't be reached, again after a while.

import { failureKind } from "./sync.js";

/** `take(offer)`: what is held now; `failed(kind, error)`: nothing came. */
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
