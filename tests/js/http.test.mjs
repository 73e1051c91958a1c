import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { HttpError, renewToken, request } from "../../annotator/static/stepmark/http.js";

const seen = [];
const ANSWERS = {
  "/fine": [200, { lease: null }],
  "/nothing": [204, null],
  "/session": [200, { rater: "ann", token: "new" }],
  "/refused": [400, { error: { code: "invalid", message: "no", field: "steps[0].rating" } }],
  "/signed-out": [401, { error: { code: "signed-out", message: "" } }],
  "/csrf": [403, { error: { code: "permission_denied", message: "CSRF Failed: token" } }],
  "/forbidden": [403, { error: { code: "forbidden", message: "Your roles do not allow this." } }],
  "/html-403": [403, "<h1>no</h1>"],
  "/busy": [503, "<h1>bad gateway</h1>"],
  "/not-json": [200, "<h1>hello</h1>"],
};
let server;
let base;

before(async () => {
  globalThis.document = { querySelector: (wanted) => (wanted.includes("csrf-token") ? { content: "tok" } : null) };
  server = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk) => (body += chunk));
    req.on("end", () => {
      seen.push({ method: req.method, headers: req.headers, body });
      if (req.url === "/moved") return res.writeHead(302, { Location: "/not-json" }).end();
      if (req.url === "/cut") return res.destroy();
      const [status, answer] = ANSWERS[req.url];
      res.writeHead(status).end(answer === null ? undefined : typeof answer === "string" ? answer : JSON.stringify(answer));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

test("what can't be stored is left out of what is sent: a NUL, half a character", async () => {
  await request("POST", `${base}/fine`, { reason: "a\0b \ud800 \ud83d\ude00 \udc00", steps: [{ note: "\\u0000 \0" }], total_time: 7 });
  const sent = { reason: "ab \ufffd \ud83d\ude00 \ufffd", steps: [{ note: "\\u0000 " }], total_time: 7 };
  assert.deepEqual(JSON.parse(seen.at(-1).body), sent);
});

const failing = (path, method = "POST") => request(method, base + path, {}).then(
  () => assert.fail(`${path} should have failed`), (error) => error);

test("an answer's JSON comes back, an empty one is null", async () => {
  assert.deepEqual(await request("POST", `${base}/fine`, { a: 1 }), { lease: null });
  assert.equal(await request("PUT", `${base}/nothing`, {}), null);
});

test("writing carries the page's token and JSON, reading carries no token", async () => {
  await request("POST", `${base}/fine`, { a: 1 });
  assert.equal(seen.at(-1).headers["x-csrftoken"], "tok");
  assert.equal(seen.at(-1).headers["content-type"], "application/json");
  assert.equal(seen.at(-1).body, '{"a":1}');
  await request("GET", `${base}/fine`);
  assert.equal(seen.at(-1).headers["x-csrftoken"], undefined);
});

test("the server's own words about an error are kept", async () => {
  const error = await failing("/refused");
  assert.ok(error instanceof HttpError);
  assert.deepEqual([error.status, error.code, error.message, error.field], [400, "invalid", "no", "steps[0].rating"]);
  assert.deepEqual([error.retryable, error.signedOut, error.outdated], [false, false, false]);
});

test("a broken connection and a busy server may be tried again", async () => {
  const cut = await failing("/cut");
  assert.deepEqual([cut.code, cut.retryable], ["network", true]);
  assert.equal((await failing("/busy")).retryable, true);
  assert.equal((await failing("/not-json")).retryable, true);
});

test("being signed out is told apart, also when it comes as a redirect to the sign-in page", async () => {
  for (const path of ["/signed-out", "/moved"]) {
    const error = await failing(path);
    assert.deepEqual([error.signedOut, error.retryable], [true, false], path);
  }
});

test("a token that no longer fits asks for a reload, a missing role does not", async () => {
  assert.equal((await failing("/csrf")).outdated, true);
  assert.equal((await failing("/html-403")).outdated, true);
  const forbidden = await failing("/forbidden");
  assert.deepEqual([forbidden.outdated, forbidden.signedOut, forbidden.retryable], [false, false, false]);
});

test("the token of another account's session is not taken over", async () => {
  const meta = { content: "tok" };
  const before = globalThis.document;
  globalThis.document = { querySelector: () => meta };
  assert.equal((await renewToken(`${base}/session`, "bob")).rater, "ann");
  assert.equal(meta.content, "tok");
  await renewToken(`${base}/session`, "ann");
  assert.equal(meta.content, "new");
  globalThis.document = before;
});
