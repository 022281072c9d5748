// @azure/identity's EnvironmentCredential.
import { EnvironmentCredential } from "@azure/identity";

export function credential(_given, options) {
  return new EnvironmentCredential(options);
}
