// @azure/identity's OnBehalfOfCredential, with a secret, a certificate or a client assertion.
import { OnBehalfOfCredential } from "@azure/identity";

export function credential(given, options) {
  const { assertion } = given;
  return new OnBehalfOfCredential({
    ...options,
    tenantId: given.tenant_id,
    clientId: given.client_id,
    userAssertionToken: given.user_assertion,
    clientSecret: given.client_secret,
    certificatePath: given.certificate_path,
    getAssertion: assertion && (async () => assertion),
  });
}
