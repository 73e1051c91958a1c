// Put into each page before its own scripts: what hostile texts would call, and the policy's reports.
globalThis.hostileSeen = [];
globalThis.hostile = (...given) => globalThis.hostileSeen.push(`a script ran: hostile(${given.join()})`);
document.addEventListener("securitypolicyviolation", (event) => {
  globalThis.hostileSeen.push(`the policy was broken: ${event.effectiveDirective} ${event.blockedURI}`);
});
