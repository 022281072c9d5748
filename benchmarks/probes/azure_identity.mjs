// @azure/identity in a fresh process: `azure_identity.mjs NAME` prints a figure.
//
// The names are those of the Python probes, which say what each measures.
import { createRequire } from "node:module";

const started = performance.now();
const SCOPE = "https://storage.azure.com/.default";
const CALLS = 20_000;
const { env } = process;
const identity = createRequire(env.BENCH_NODE_ROOT)("@azure/identity");
const loaded = performance.now() - started;
const options = { authorityHost: env.AZURE_AUTHORITY_HOST, disableInstanceDiscovery: true };

function secret() {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = env;
  return new identity.ClientSecretCredential(
    AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, options,
  );
}

async function took(ask) {
  const begun = performance.now();
  await ask();
  return performance.now() - begun;
}

async function warm(credential) {
  await credential.getToken(SCOPE);
  let best = Infinity;
  for (let repeat = 0; repeat < 5; repeat++) {
    best = Math.min(best, await took(async () => {
      for (let call = 0; call < CALLS; call++) await credential.getToken(SCOPE);
    }));
  }
  return best / CALLS;
}

const assertion = (number) => `${"x".repeat(1200)}.${number}.${"x".repeat(340)}`;

function actFor(number) {
  return new identity.OnBehalfOfCredential({
    ...options,
    tenantId: env.AZURE_TENANT_ID,
    clientId: env.AZURE_CLIENT_ID,
    clientSecret: env.AZURE_CLIENT_SECRET,
    userAssertionToken: assertion(number),
  }).getToken(SCOPE);
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

function failing() {
  const credential = new identity.DefaultAzureCredential();
  return () => credential.getToken(SCOPE).catch(() => {});
}

async function twenty() {
  const credential = new identity.AzureCliCredential();
  for (let call = 0; call < 20; call++) await credential.getToken(SCOPE);
}

async function best(ask, calls) {
  await ask();
  let least = Infinity;
  for (let call = 0; call < calls; call++) least = Math.min(least, await took(ask));
  return least;
}

const probes = {
  import_time: () => loaded,
  first_token: async () => {
    await secret().getToken(SCOPE);
    return performance.now() - started;
  },
  warm_secret_async: async () => (await warm(secret())) * 1e3,
  warm_managed_identity: async () => (await warm(new identity.ManagedIdentityCredential())) * 1e3,
  throughput_async: async () => 1e3 / (await warm(secret())),
  one_cold: () => secret().getToken(SCOPE),
  tasks_cold: () => {
    const credential = secret();
    return Promise.all(Array.from({ length: 500 }, () => credential.getToken(SCOPE)));
  },
  stale: async () => {
    const credential = secret();
    await credential.getToken(SCOPE);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    return took(() => credential.getToken(SCOPE));
  },
  first_call: () => took(failing()),
  first_user: firstUsers,
  exchanges_async: async () => {
    await actFor(0);
    let next = 100;
    const work = async () => {
      while (next < 340) await actFor(next++);
    };
    return 240e3 / (await took(() => Promise.all(Array.from({ length: 64 }, work))));
  },
  processes: twenty,
  twenty_calls: () => took(twenty),
  later_call: async () => (await best(failing(), 3)) * 1e3,
  first_failure: () => took(failing()),
  later_failure: () => best(failing(), 3),
};

async function firstUsers() {
  await actFor(0);
  const values = [];
  for (let number = 1; number < 40; number++) values.push(await took(() => actFor(number)));
  return median(values);
}

console.log(await probes[process.argv[2]]());
process.exit(0);
