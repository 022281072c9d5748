// Do with a hub's registry what everybody does; print what came of each step.
//
// A refusal of the very first request is an answer too.
import { answer } from "./peer.mjs";
import { clients, refusal } from "./iot_hub.mjs";

const { registry, end } = await clients();

async function all(query) {
  const found = [];
  while (query.hasMoreResults) found.push((await query.nextAsTwin()).result);
  return found.map((page) => page.map((twin) => twin.deviceId));
}

async function rows(text) {
  return (await registry.createQuery(text, 10).next()).result;
}

async function devices() {
  const report = {};
  const made = (await registry.create({ deviceId: "d1", status: "enabled" })).responseBody;
  report.keys = Object.values(made.authentication.symmetricKey).map((key) => key.length);
  report.again = (await refusal(registry.create({ deviceId: "d1" }))).name;
  report.missing = (await refusal(registry.get("d9"))).name;
  const changed = { ...made, status: "disabled", statusReason: "in repair" };
  report.status = (await registry.update(changed)).responseBody.status;
  const added = await registry.addDevices([{ deviceId: "d2" }, { deviceId: "d3" }]);
  report.added = added.responseBody.isSuccessful;
  const removed = await registry.removeDevices([{ deviceId: "d3" }], true);
  report.removed = removed.responseBody.isSuccessful;
  report.listed = (await registry.list()).responseBody.map((device) => device.deviceId);
  report.statistics = (await registry.getRegistryStatistics()).responseBody.totalDeviceCount;
  return report;
}

async function twins() {
  const report = {};
  const { responseBody: twin } = await registry.getTwin("d1");
  const patch = { tags: { site: "north" }, properties: { desired: { heat: { on: true } } } };
  const updated = (await twin.update(patch)).result;
  report.version = updated.properties.desired.$version;
  const stale = registry.updateTwin("d1", { tags: { site: "south" } }, "AAAAAAAAAAE=");
  report.stale = (await refusal(stale)).name;
  await registry.updateTwin("d1", { properties: { desired: { heat: null } } }, "*");
  report.desired = Object.keys((await registry.getTwin("d1")).responseBody.properties.desired);
  report.pages = await all(registry.createQuery("SELECT * FROM devices", 1));
  report.rows = await rows("SELECT deviceId AS id, tags.site FROM devices WHERE tags.site = 'north'");
  report.count = await rows("SELECT COUNT() AS number FROM devices");
  report.wrong = await refusal(rows("SELECT * FROM devices WHERE tags.site ="));
  return report;
}

async function modules() {
  await registry.addModule({ deviceId: "d1", moduleId: "m1", managedBy: "me" });
  const names = (await registry.getModulesOnDevice("d1")).responseBody.map((each) => each.moduleId);
  const twin = (await registry.getModuleTwin("d1", "m1")).responseBody;
  const updated = await twin.update({ properties: { desired: { speed: 3 } } });
  const { speed } = updated.result.properties.desired;
  await registry.removeModule("d1", "m1");
  return { names, speed, gone: (await registry.getModulesOnDevice("d1")).responseBody };
}

async function configurations() {
  const content = { deviceContent: { "properties.desired.light": "green" } };
  const targetCondition = "tags.site = 'north'";
  await registry.addConfiguration({ id: "green", content, targetCondition, priority: 5 });
  const { responseBody: green } = await registry.getConfiguration("green");
  const { light } = (await registry.getTwin("d1")).responseBody.properties.desired;
  await registry.updateConfiguration({ ...green, priority: 6 });
  const listed = (await registry.getConfigurations()).responseBody;
  await registry.removeConfiguration("green");
  const priorities = listed.map((each) => each.priority);
  return { applied: green.systemMetrics.results, light, priorities };
}

async function story() {
  const done = { ...(await devices()), twins: await twins(), modules: await modules() };
  done.configurations = await configurations();
  for (const name of ["d1", "d2"]) await registry.delete(name);
  done.left = (await registry.list()).responseBody;
  return done;
}

const refused = await refusal(registry.create({ deviceId: "d0" }));
answer(refused ? { refused } : { done: await registry.delete("d0").then(story) });
end();
