// An app that knows nothing of any local cloud: IOTHUB_HOST, and what DefaultAzureCredential reads.
import { DefaultAzureCredential } from "@azure/identity";
import iothub from "azure-iothub";

const { Client, Registry } = iothub;
const credential = new DefaultAzureCredential({ disableInstanceDiscovery: true });
const hostName = process.env.IOTHUB_HOST;
const deviceId = "thermostat-1";

try {
  const registry = Registry.fromTokenCredential(hostName, credential);
  const { responseBody: devices } = await registry.list();
  const { responseBody: twin } = await registry.getTwin(deviceId);
  const { result: updated } = await twin.update({ tags: { floor: 3 } });
  const client = Client.fromTokenCredential(hostName, credential);
  const { result } = await client.invokeDeviceMethod(deviceId, { methodName: "light" });
  const listed = devices.map((device) => device.deviceId);
  console.log(JSON.stringify({ listed, twin: updated.tags, result }));
} catch (error) {
  console.log(JSON.stringify({ refused: error.name }));
}
process.exit();
