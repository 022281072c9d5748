// @azure/identity's AuthorizationCodeCredential, of an app with a secret.
import { AuthorizationCodeCredential } from "@azure/identity";

export function credential(given, options) {
  return new AuthorizationCodeCredential(
    given.tenant_id,
    given.client_id,
    given.client_secret,
    given.authorization_code,
    given.redirect_uri,
    options,
  );
}
