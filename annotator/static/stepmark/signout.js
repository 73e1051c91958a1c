// An explicit sign-out erases this account's drafts from this machine once the server has them; else it asks first.

const PREFIX = "stepmark:";

/** Keys of ours, and which of them hold work that the server does not have yet. */
export function keptWork(storage) {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  const ours = keys.filter((key) => key.startsWith(PREFIX));
  return { ours, unsent: ours.filter((key) => isUnsent(key, storage.getItem(key))) };
}

function isUnsent(key, text) {
  if (key.startsWith(`${PREFIX}outbox:`)) return true;
  try {
    return JSON.parse(text).synced !== true;
  } catch {
    return false; // not work of ours that could still be sent
  }
}

export function onSignOut(event, storage, ask) {
  const { ours, unsent } = keptWork(storage);
  if (unsent.length > 0 && !ask()) event.preventDefault();
  else ours.forEach((key) => storage.removeItem(key));
}

if (globalThis.document) {
  for (const form of document.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", (event) => {
      try {
        onSignOut(event, localStorage, () => confirm(form.dataset.signOut));
      } catch {
        // storage is forbidden here, so there is nothing to lose or to erase
      }
    });
  }
}
