// The page of answers: what was on screen counts as read, here and in the header.
import { request } from "../stepmark/http.js";

const { read: url } = document.querySelector("script[data-read]").dataset;
const questions = JSON.parse(document.getElementById("unread-answers").textContent);

async function markRead() {
  if (document.hidden) return;
  document.removeEventListener("visibilitychange", markRead);
  const { unread } = await request("POST", url, { questions });
  for (const badge of document.querySelectorAll("[data-unread]")) {
    badge.hidden = unread === 0;
    badge.firstElementChild.textContent = unread;
  }
}

if (questions.length > 0) {
  document.addEventListener("visibilitychange", markRead);
  markRead().catch(() => {}); // unread they stay, until the page is opened again
}
