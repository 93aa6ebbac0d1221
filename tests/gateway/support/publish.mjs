// mqtt.js as a device would use it: node publish.mjs PORT VERSION USER TOPIC COUNT; the secret is on
// stdin. Prints one JSON line of what it was told.
import { readFileSync } from "node:fs";
import mqtt from "mqtt";

const [port, version, user, topic, count] = process.argv.slice(2);
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
  clientId: user,
  password: readFileSync(0, "utf8"),
  protocolVersion: Number(version),
  reconnectPeriod: 0,
  username: user,
});
const granted = await client.subscribeAsync(`down/${user}/#`);
const sent = [];
for (let n = 0; n < Number(count); n += 1) {
  sent.push(client.publishAsync(topic, JSON.stringify({ battery: n }), { qos: 1 }));
}
await Promise.all(sent);
let refusal = null;
try {
  await client.publishAsync(topic, "not json", { qos: 1 });
} catch (error) {
  refusal = error.code;
}
await client.endAsync();
console.log(JSON.stringify({ granted: granted.map((one) => one.qos), refusal }));
