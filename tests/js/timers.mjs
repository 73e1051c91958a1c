/** Lets what is under way come to its end. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Timers that go off when the test says so. */
export function handTimers() {
  const waiting = new Map();
  let last = 0;
  return {
    set: (action, delay) => (waiting.set(++last, { action, delay }), last),
    clear: (id) => waiting.delete(id),
    delays: () => [...waiting.values()].map(({ delay }) => delay),
    async ring() {
      const due = [...waiting.values()];
      waiting.clear();
      for (const { action } of due) action();
      await settle();
    },
  };
}
