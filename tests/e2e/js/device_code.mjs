// @azure/identity's DeviceCodeCredential, whose code is approved before its first poll.
import { DeviceCodeCredential } from "@azure/identity";
import { prompt } from "./peer.mjs";

export function credential(given, options) {
  return new DeviceCodeCredential({
    ...options,
    tenantId: given.tenant_id,
    clientId: given.client_id,
    userPromptCallback: ({ userCode, verificationUri }) => prompt({ userCode, verificationUri }),
    disableAutomaticAuthentication: given.disable_automatic_authentication,
  });
}
