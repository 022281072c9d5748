// @azure/identity's AzurePipelinesCredential, which finds its organization by a variable.
import { AzurePipelinesCredential } from "@azure/identity";

export function credential(given, options) {
  return new AzurePipelinesCredential(
    given.tenant_id,
    given.client_id,
    given.service_connection_id,
    given.system_access_token,
    options,
  );
}
