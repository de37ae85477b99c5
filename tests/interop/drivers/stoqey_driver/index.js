// The checks of npm's @stoqey/ib. usage: node drivers/stoqey_driver JSON (run in drivers/checks.py says what is in it)
"use strict";
const { Absent, Session } = require("./session.js");

const CHECKS = [...require("./data.js"), ...require("./trading.js"), ...require("./others.js")];

async function attempt(check, address) {
  const tws = new Session(...address);
  try {
    await tws.connect();
    await check(tws);
    tws.finish();
    return "ok";
  } catch (error) {
    if (error instanceof Absent) return "-";
    return `${error.name}: ${error.message.split("\n")[0]} ${tws.wrong().slice(0, 3)} [${(error.stack.match(/\n\s+at .*_driver.*:\d+:\d+/g) ?? [""]).at(-1).trim()}]`;
  } finally {
    await tws.disconnect();
  }
}

async function main() {
  const told = JSON.parse(process.argv[2]);
  const report = (key, result) => process.stdout.write(JSON.stringify([key, result]) + "\n");
  for (const [key, check, at] of CHECKS) {
    if (key === "connect" || (told.only.length && !told.only.includes(key))) continue;
    report(key, await attempt(check, told.tws[at ?? "usual"]));
  }
  const connect = CHECKS.find(([key]) => key === "connect")[1];
  for (const [version, address] of Object.entries(told.versions)) report(`connect ${version}`, await attempt(connect, address));
}

process.on("uncaughtException", (error) => process.stderr.write(`${error.stack}\n`));
main().then(() => process.exit(0));
