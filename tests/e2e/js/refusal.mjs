// Ask for a token of `scope` that is refused; print the error's name and message.
import { answer, given, signIn } from "./peer.mjs";

const credential = await signIn();
try {
  await credential.getToken(given("scope"));
  answer(null);
} catch ({ name, message }) {
  answer({ name, message });
}
