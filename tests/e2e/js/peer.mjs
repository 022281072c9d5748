// What the scripts share: the request on standard input, the credential it names, the answer.
//
// A request is a line of JSON: {"credential": a module here, "arguments": its keywords,
// "authority": origin}. So is what a script says: {"prompt": …}, after which it waits for a line
// to come back, and at last {"answer": …}.
import { openSync, readSync, writeSync } from "node:fs";

// Node.js makes file descriptor 0 one that never waits, as soon as anything touches process.stdin.
const input = openSync("/dev/stdin", "r");
const NEWLINE = "\n".charCodeAt(0);
const request = JSON.parse(line());

export async function signIn() {
  const { credential } = await import(`./${request.credential}.mjs`);
  const options = { authorityHost: request.authority, disableInstanceDiscovery: true };
  return credential(request.arguments, options);
}

export function given(name) {
  return request[name];
}

export function answer(value) {
  say({ answer: value });
}

// Show a person something; nothing else happens in this process until they have acted on it.
export function prompt(value) {
  say({ prompt: value });
  line();
}

function say(value) {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

function line() {
  const bytes = [];
  const next = Buffer.alloc(1);
  while (readSync(input, next) === 1 && next[0] !== NEWLINE) bytes.push(next[0]);
  return Buffer.from(bytes).toString("utf8");
}
