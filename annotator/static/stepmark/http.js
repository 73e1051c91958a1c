// The only module that talks to the server: fetch, the CSRF token and what errors mean.

const TIMEOUT_MS = 15_000;
const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A failed request. `code` is the server's word, or "network", "timeout", "unreadable". */
export class HttpError extends Error {
  constructor({ status = 0, code, message = "", field = null }) {
    super(message || code);
    Object.assign(this, { name: "HttpError", status, code, field });
  }

  get retryable() {
    return this.status === 0 || RETRYABLE.has(this.status);
  }

  get signedOut() {
    return this.status === 401 || this.code === "signed-out";
  }

  /** The page's token no longer fits the session: a reload helps, nothing else does. */
  get outdated() {
    return this.status === 403 && (["unreadable", "csrf"].includes(this.code) || /csrf/i.test(this.message));
  }
}

function token() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** Who is signed in now. The page speaks with that session's token only while it is `rater`'s: nothing goes out as another's. */
export async function renewToken(url, rater) {
  const found = await request("GET", url);
  if (found.rater === rater) document.querySelector('meta[name="csrf-token"]').content = found.token;
  return found;
}

/** A NUL or half a character, typed or pasted, can't be stored: a whole submit would be refused for it. */
const storable = (_, value) =>
  typeof value === "string" ? value.replace(/[\0\p{Cs}]/gu, (one) => (one === "\0" ? "" : "\ufffd")) : value;

function options(method, body, keepalive) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = token();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return {
    method,
    headers,
    keepalive,
    body: body === undefined ? undefined : JSON.stringify(body, storable),
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
}

async function reach(url, init) {
  try {
    return await fetch(url, init);
  } catch (reason) {
    throw new HttpError({ code: reason.name === "TimeoutError" ? "timeout" : "network", message: reason.message });
  }
}

async function readJson(response) {
  if (response.status === 204) return null;
  // A redirect of an API call leads to the sign-in page.
  if (response.redirected) throw new HttpError({ status: 401, code: "signed-out" });
  try {
    return await response.json();
  } catch {
    throw new HttpError({ status: response.ok ? 0 : response.status, code: "unreadable" });
  }
}

/** Resolves with the answer's JSON (null for 204), rejects with an HttpError. */
export async function request(method, url, body, { keepalive = false } = {}) {
  const response = await reach(url, options(method, body, keepalive));
  const data = await readJson(response);
  if (response.ok) return data;
  const { code = "unreadable", message = "", field = null } = data?.error ?? {};
  throw new HttpError({ status: response.status, code, message, field });
}
