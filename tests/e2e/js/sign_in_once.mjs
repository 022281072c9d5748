// Sign a person in on demand, then get a token for each of `scopes` without asking them again.
import { serializeAuthenticationRecord } from "@azure/identity";
import { answer, given, signIn } from "./peer.mjs";

const credential = await signIn();
const scopes = given("scopes");

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error.name;
  }
  return null;
}

const refused = await refusal(credential.getToken(scopes[0]));
const record = serializeAuthenticationRecord(await credential.authenticate(scopes[0]));
const tokens = [];
for (const scope of scopes) tokens.push((await credential.getToken(scope)).token);
answer({ refused, record, tokens });
