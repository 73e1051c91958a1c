// Looks now and then whether the lead has answered, while a question waits or an answer is unread.

export const LOOK_MS = 60_000;

/** `show(unread)` is called whenever the number may have changed; nothing is asked while the page is hidden. */
export function watchAnswers({ request, url, timers, isHidden, show }) {
  let timer = null;

  async function look() {
    timers.clear(timer);
    if (isHidden()) return;
    const { unread, waiting } = await request("GET", url).catch(() => ({ unread: null, waiting: 1 }));
    if (unread !== null) show(unread);
    if (unread || waiting) timer = timers.set(look, LOOK_MS);
  }

  return {
    look,
    soon: () => {
      timers.clear(timer);
      timer = timers.set(look, LOOK_MS);
    },
  };
}
