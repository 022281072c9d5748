// Call a device's direct methods and schedule jobs; print what came of each step.
import { answer } from "./peer.mjs";
import { clients, refusal } from "./iot_hub.mjs";

const { client, jobs, registry, end } = await clients();

async function methods() {
  const call = (methodName, device = "online") =>
    client.invokeDeviceMethod(device, { methodName, payload: { delay: 2 }, responseTimeoutInSeconds: 5 });
  return {
    echo: (await call("echo")).result,
    unknown: (await call("fly")).result.status,
    slow: (await refusal(call("slow"))).name,
    away: (await refusal(call("echo", "offline"))).status,
    nobody: (await refusal(call("echo", "nobody"))).name,
  };
}

async function scheduled() {
  const now = new Date();
  const later = new Date(now.getTime() + 3_600_000);
  const everybody = "deviceId IN ['online', 'offline']";
  await jobs.scheduleTwinUpdate("tags", everybody, { etag: "*", tags: { seen: true } }, now, 60);
  await jobs.scheduleDeviceMethod("calls", everybody, { methodName: "echo" }, now, 60);
  await jobs.scheduleTwinUpdate("later", "*", { etag: "*", tags: { late: true } }, later, 60);
  const { jobStatus: tags } = await jobs.getJob("tags");
  const { jobStatus: calls } = await jobs.getJob("calls");
  const cancelled = (await jobs.cancelJob("later")).jobStatus.status;
  const listed = (await jobs.createQuery("scheduleUpdateTwin", "completed").next()).result;
  const text = "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'calls'";
  const outcomes = (await registry.createQuery(text).next()).result;
  return {
    tags: [tags.status, tags.deviceJobStatistics.succeededCount],
    calls: [calls.deviceJobStatistics.succeededCount, calls.deviceJobStatistics.failedCount],
    cancelled,
    listed: listed.map((job) => job.jobId),
    outcomes: outcomes.map((each) => [each.deviceId, each.status]),
    seen: (await registry.getTwin("offline")).responseBody.tags,
  };
}

answer({ methods: await methods(), jobs: await scheduled() });
end();
