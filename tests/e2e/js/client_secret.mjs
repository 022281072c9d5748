// @azure/identity's ClientSecretCredential.
import { ClientSecretCredential } from "@azure/identity";

export function credential(given, options) {
  return new ClientSecretCredential(given.tenant_id, given.client_id, given.client_secret, options);
}
