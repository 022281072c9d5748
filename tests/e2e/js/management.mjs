// Make a user-assigned identity that trusts a pod, assign it a role, and say what was found of both.
import { randomUUID } from "node:crypto";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ManagedServiceIdentityClient } from "@azure/arm-msi";
import { answer, given, signIn } from "./peer.mjs";

const credential = await signIn();
const arm = given("arm");
const options = { endpoint: arm, credentialScopes: [`${arm}/.default`] };
const subscription = given("subscription");
const msi = new ManagedServiceIdentityClient(credential, subscription, options);
const authorization = new AuthorizationManagementClient(credential, subscription, options);
const [group, name, scope] = ["group", "name", "scope"].map(given);

const identity = await msi.userAssignedIdentities.createOrUpdate(group, name, {
  location: "westeurope",
});
await msi.federatedIdentityCredentials.createOrUpdate(group, name, "pod", {
  issuer: "https://issuer.example",
  subject: "someone",
  audiences: ["api://AzureADTokenExchange"],
});
const credentials = await all(msi.federatedIdentityCredentials.list(group, name));
const filter = `roleName eq '${given("role")}'`;
const [role] = await all(authorization.roleDefinitions.list(scope, { filter }));
const made = await authorization.roleAssignments.create(scope, randomUUID(), {
  roleDefinitionId: role.id,
  principalId: identity.principalId,
  principalType: "ServicePrincipal",
});
const assigned = await all(
  authorization.roleAssignments.listForScope(scope, {
    filter: `principalId eq '${identity.principalId}'`,
  }),
);
answer({
  principal_id: identity.principalId,
  subjects: credentials.map((each) => each.subject),
  made: made.id,
  assigned: assigned.map((each) => each.id),
});

async function all(pages) {
  const found = [];
  for await (const each of pages) found.push(each);
  return found;
}
