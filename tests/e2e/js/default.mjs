// @azure/identity's DefaultAzureCredential.
import { DefaultAzureCredential } from "@azure/identity";

export function credential(_given, options) {
  return new DefaultAzureCredential(options);
}
