// An explicit sign-out erases what this account has on this machine and the server has too. What it has not stays, under
// this account, for the next time; whether to leave it behind is asked first.

const PREFIX = "stepmark:";

/** Keys of one account, and which of them hold work that the server does not have yet. */
export function keptWork(storage, rater) {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  const own = keys.filter((key) => key.startsWith(PREFIX) && key.split(":")[2] === rater);
  return { own, unsent: own.filter((key) => isUnsent(key, storage.getItem(key))) };
}

function isUnsent(key, text) {
  if (!key.startsWith(`${PREFIX}draft:`)) return !key.startsWith(`${PREFIX}recent:`);
  try {
    return JSON.parse(text).synced !== true;
  } catch {
    return false; // not work of ours that could still be sent
  }
}

export function onSignOut(event, storage, rater, ask) {
  const { own, unsent } = keptWork(storage, rater);
  if (unsent.length > 0 && !ask()) event.preventDefault();
  else own.filter((key) => !unsent.includes(key)).forEach((key) => storage.removeItem(key));
}

if (globalThis.document) {
  for (const form of document.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", (event) => {
      try {
        onSignOut(event, localStorage, form.dataset.rater, () => confirm(form.dataset.signOut));
      } catch {
        // storage is forbidden here, so there is nothing to lose or to erase
      }
    });
  }
}
