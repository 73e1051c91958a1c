// Active time in milliseconds, as plain values: the time of day always comes from the caller.

export const IDLE_MS = 60_000;

/** `total` up to `mark`; `active` is the last sign of life; `visible` whether the page is on screen. */
export function startClock(now, { total = 0, visible = true } = {}) {
  return { total, mark: now, active: now, visible };
}

/** Active milliseconds until `now`: nothing while hidden, nothing after a minute without a sign of life. */
export function activeTime(clock, now) {
  if (!clock.visible || clock.waiting) return clock.total;
  const end = Math.min(now, clock.active + IDLE_MS);
  return clock.total + Math.max(0, end - clock.mark);
}

export function isIdle(clock, now) {
  return !clock.visible || Boolean(clock.waiting) || now - clock.active >= IDLE_MS;
}

export function noteActivity(clock, now) {
  if (!clock.visible || now < clock.mark) return clock;
  return { ...clock, total: activeTime(clock, now), mark: now, active: now };
}

export function noteVisibility(clock, visible, now) {
  if (visible === clock.visible) return clock;
  return { ...clock, total: activeTime(clock, now), mark: now, active: now, visible };
}

/** Every sign of life on the page. */
export function watchActivity(target, note) {
  for (const type of ["keydown", "pointerdown", "pointermove", "wheel", "touchmove", "scroll"]) {
    target.addEventListener(type, note, { passive: true });
  }
}

/** While the rater waits for others, no time passes. */
export function noteWaiting(clock, waiting, now) {
  if (waiting === Boolean(clock.waiting)) return clock;
  return { ...clock, total: activeTime(clock, now), mark: now, active: now, waiting };
}

/** 754000 -> "12:34"; with hours "1:02:03". */
export function clockFace(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
