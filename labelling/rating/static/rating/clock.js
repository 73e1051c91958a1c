// Active time in milliseconds, as plain values: the time of day always comes from the caller.

export const IDLE_MS = 60_000;

/** `total` up to `mark`; `active` is the last sign of life; `stops`: why time stands still, none while it runs. */
export function startClock(now, { total = 0, stops = [] } = {}) {
  return { total, mark: now, active: now, stops };
}

/** Active milliseconds until `now`: nothing while stopped, nothing after a minute without a sign of life. */
export function activeTime(clock, now) {
  if (clock.stops.length > 0) return clock.total;
  const end = Math.min(now, clock.active + IDLE_MS);
  return clock.total + Math.max(0, end - clock.mark);
}

export function isIdle(clock, now) {
  return clock.stops.length > 0 || now - clock.active >= IDLE_MS;
}

export function noteActivity(clock, now) {
  if (clock.stops.length > 0 || now < clock.mark) return clock;
  return { ...clock, total: activeTime(clock, now), mark: now, active: now };
}

/** `why`: "hidden", "break" or "waiting". That a wait is over is no sign of life: the rater did nothing. */
export function noteStop(clock, why, on, now) {
  if (clock.stops.includes(why) === on) return clock;
  const stops = on ? [...clock.stops, why] : clock.stops.filter((one) => one !== why);
  const active = on || why === "waiting" ? clock.active : now;
  return { total: activeTime(clock, now), mark: now, active, stops };
}

/** Every sign of life on the page. */
export function watchActivity(target, note) {
  for (const type of ["keydown", "pointerdown", "pointermove", "wheel", "touchmove", "scroll"]) {
    target.addEventListener(type, note, { passive: true });
  }
}

/** Per step: `times[step]` grows by the active time since the last count; `step` is null where none is being judged. */
export function countStep({ times, counted }, step, active) {
  if (step === null || active <= counted) return { times, counted: active };
  const grown = Array.from({ length: Math.max(times.length, step + 1) }, (_, at) => times[at] ?? 0);
  grown[step] += active - counted;
  return { times: grown, counted: active };
}

/** 754000 -> "12:34"; with hours "1:02:03". */
export function clockFace(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
