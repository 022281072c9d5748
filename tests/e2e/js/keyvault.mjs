// Do with the vault at `vault_url` what everybody does; print what came of each step.
//
// A refusal of the very first request is an answer too: its status, code and message.
import { SecretClient } from "@azure/keyvault-secrets";
import { answer, given, signIn } from "./peer.mjs";

const NAME = "db-password";

const client = new SecretClient(given("vault_url"), await signIn(), {
  retryOptions: { maxRetries: 0 },
});

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return { status: error.statusCode, code: error.code, message: error.message };
  }
  return null;
}

async function all(listing) {
  const found = [];
  for await (const item of listing) found.push(item);
  return found;
}

async function story() {
  const second = await client.setSecret(NAME, "two", { tags: { for: "orders" } });
  const { properties } = second;
  await client.updateSecretProperties(NAME, properties.version, { contentType: "text" });
  const read = await client.getSecret(NAME);
  const versions = await all(client.listPropertiesOfSecretVersions(NAME));
  const first = versions.find((each) => each.version !== properties.version);
  const report = {
    value: read.value,
    tags: read.properties.tags,
    type: read.properties.contentType,
    versions: versions.length,
    old: (await client.getSecret(NAME, { version: first.version })).value,
    names: (await all(client.listPropertiesOfSecrets())).map((each) => each.name),
  };
  const backup = await client.backupSecret(NAME);
  await (await client.beginDeleteSecret(NAME, { intervalInMs: 10 })).pollUntilDone();
  report.deleted = (await all(client.listDeletedSecrets())).map((each) => each.name);
  await (await client.beginRecoverDeletedSecret(NAME, { intervalInMs: 10 })).pollUntilDone();
  await (await client.beginDeleteSecret(NAME, { intervalInMs: 10 })).pollUntilDone();
  await client.purgeDeletedSecret(NAME);
  report.gone = (await refusal(client.getSecret(NAME))).status;
  await client.restoreSecretBackup(backup);
  report.restored = (await client.getSecret(NAME)).value;
  return report;
}

const refused = await refusal(client.setSecret(NAME, "one"));
answer(refused ? { refused } : { done: await story() });
