// @azure/identity's ClientAssertionCredential.
import { ClientAssertionCredential } from "@azure/identity";

export function credential(given, options) {
  const { tenant_id: tenantId, client_id: clientId, assertion } = given;
  return new ClientAssertionCredential(tenantId, clientId, async () => assertion, options);
}
