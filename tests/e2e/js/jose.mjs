// Verify tokens with jose, given by standard input; print the claims of each, or why not.
import { createRemoteJWKSet, jwtVerify } from "jose";
import { answer, given } from "./peer.mjs";

const keys = createRemoteJWKSet(new URL(given("jwks")), { cooldownDuration: 0 });
const options = { algorithms: ["RS256"], audience: given("audience"), issuer: given("issuer") };
const verdicts = [];
for (const token of given("tokens")) {
  try {
    verdicts.push({ claims: (await jwtVerify(token, keys, options)).payload });
  } catch (error) {
    verdicts.push({ code: error.code });
  }
}
answer(verdicts);
