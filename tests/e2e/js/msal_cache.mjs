// MSAL for Node.js on a cache file: who is in it, and a token for `scope` without asking anybody.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { PublicClientApplication } from "@azure/msal-node";

const lines = createInterface({ input: process.stdin });
const [line] = await once(lines, "line");
lines.close();
const { file, clientId, login, tenant, scope, forceRefresh } = JSON.parse(line);
const { host, hostname } = new URL(login);

const cachePlugin = {
  async beforeCacheAccess(context) {
    context.tokenCache.deserialize(readFileSync(file, "utf8"));
  },
  async afterCacheAccess(context) {
    if (context.cacheHasChanged) writeFileSync(file, context.tokenCache.serialize());
  },
};
const names = { preferred_network: host, preferred_cache: hostname, aliases: [host, hostname] };
const application = new PublicClientApplication({
  auth: {
    clientId,
    authority: `${login}/${tenant}`,
    knownAuthorities: [host],
    cloudDiscoveryMetadata: JSON.stringify({ tenant_discovery_endpoint: "", metadata: [names] }),
  },
  cache: { cachePlugin },
});
const accounts = await application.getTokenCache().getAllAccounts();
const found = await application.acquireTokenSilent({ account: accounts[0], scopes: [scope], forceRefresh });
process.stdout.write(
  JSON.stringify({ usernames: accounts.map((account) => account.username), token: found.accessToken, fromCache: found.fromCache }) + "\n",
);
