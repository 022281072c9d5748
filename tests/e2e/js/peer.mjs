// What the scripts share: the request on standard input, the credential it names, the answer.
//
// A request is JSON: {"credential": a module here, "arguments": its keywords, "authority": origin}.
import { readFileSync } from "node:fs";

const request = JSON.parse(readFileSync(0, "utf8"));

export async function signIn() {
  const { credential } = await import(`./${request.credential}.mjs`);
  const options = { authorityHost: request.authority, disableInstanceDiscovery: true };
  return credential(request.arguments, options);
}

export function given(name) {
  return request[name];
}

export function answer(value) {
  process.stdout.write(JSON.stringify(value));
}
