// @azure/identity's ManagedIdentityCredential; its host is found by environment variables.
import { ManagedIdentityCredential } from "@azure/identity";

export function credential(given) {
  const { object_id: objectId, resource_id: resourceId } = given.identity_config ?? {};
  const clientId = given.client_id;
  const chosen = Object.entries({ clientId, objectId, resourceId }).filter(([, value]) => value);
  return new ManagedIdentityCredential(Object.fromEntries(chosen));
}
