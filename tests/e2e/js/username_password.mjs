// @azure/identity's UsernamePasswordCredential.
import { UsernamePasswordCredential } from "@azure/identity";

export function credential(given, options) {
  const { tenant_id: tenantId, client_id: clientId, username, password } = given;
  return new UsernamePasswordCredential(tenantId, clientId, username, password, options);
}
