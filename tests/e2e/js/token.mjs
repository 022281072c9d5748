// Get a token for `scope` and print it with the second it expires at.
import { answer, given, signIn } from "./peer.mjs";

const credential = await signIn();
const { token, expiresOnTimestamp } = await credential.getToken(given("scope"));
answer({ token, expires_on: expiresOnTimestamp / 1000 });
