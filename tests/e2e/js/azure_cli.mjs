// @azure/identity's AzureCliCredential.
import { AzureCliCredential } from "@azure/identity";

export function credential(given) {
  return new AzureCliCredential({ processTimeoutInMs: given.process_timeout * 1000 });
}
