// @azure/identity's InteractiveBrowserCredential, which opens the browser that BROWSER names.
import { InteractiveBrowserCredential } from "@azure/identity";

export function credential(given, options) {
  return new InteractiveBrowserCredential({
    ...options,
    tenantId: given.tenant_id,
    clientId: given.client_id,
    disableAutomaticAuthentication: given.disable_automatic_authentication,
  });
}
