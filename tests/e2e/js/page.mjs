// A page whose script signs its reader in with @azure/identity and shows the token.
import { InteractiveBrowserCredential } from "@azure/identity";

const { scope, ...options } = JSON.parse(document.getElementById("settings").textContent);
const heading = document.querySelector("h1");

try {
  const credential = new InteractiveBrowserCredential({
    ...options,
    disableInstanceDiscovery: true,
    loginStyle: "redirect",
    redirectUri: `${location.origin}/`,
  });
  const { token } = await credential.getToken(scope);
  if (token) {
    document.querySelector("output").textContent = token;
    heading.textContent = "Welcome back";
  }
} catch (error) {
  heading.textContent = `Failed: ${error.message}`;
}
