// @azure/identity's WorkloadIdentityCredential, by the variables that AKS sets.
import { WorkloadIdentityCredential } from "@azure/identity";

export function credential(_given, options) {
  return new WorkloadIdentityCredential(options);
}
