// azure-iothub's clients for the hub at `host`, whose port they have no parameter for.
//
// They take a host name and use port 443; the agent that makes the connections is told another.
import { Agent } from "node:https";
import iothub from "azure-iothub";
import { given, signIn } from "./peer.mjs";

export async function clients() {
  const credential = await signIn();
  const [hostname, port] = given("host").split(":");
  const agent = new Agent({ keepAlive: true, port: Number(port) });
  const connect = (client) => {
    const made = client.fromTokenCredential(hostname, credential);
    made._restApiClient.setOptions({ http: { agent } });
    return made;
  };
  const { Registry, JobClient, Client } = iothub;
  const end = () => agent.destroy();
  return { registry: connect(Registry), jobs: connect(JobClient), client: connect(Client), end };
}

// Return what a call is refused with, `null` where it succeeds.
export async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return { name: error.name, message: error.message, status: error.response?.statusCode };
  }
  return null;
}
