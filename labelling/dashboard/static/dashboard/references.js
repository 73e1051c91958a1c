// One key to decide: each key presses the control that carries it in data-key.
import { dispatchKeys } from "../rating/keys.js";

const controls = [...document.querySelectorAll("[data-key]")];
const table = controls.map((control) => ({ action: control.dataset.key, keys: [control.dataset.key], control }));
let sent = false;

function press(control) {
  if (sent) return; // a second key must not decide the next case before it is seen
  sent = true;
  control.click();
}

dispatchKeys({
  target: document,
  table,
  perform: Object.fromEntries(table.map(({ action, control }) => [action, () => press(control)])),
  isPaused: () => sent,
});

// Back from the browser's cache the page is new to the person.
addEventListener("pageshow", () => { sent = false; });
