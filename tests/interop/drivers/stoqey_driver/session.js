// A connection by @stoqey/ib that keeps every event with its arguments.
"use strict";
const { EventName, IBApi } = require("@stoqey/ib");

const NOTICES = new Set([202, 399, 10349]);
const PATIENCE = 10_000; // milliseconds
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The client's API does not have it. */
class Absent extends Error {}

let lastClient = 100;

class Session {
  constructor(port, control, clientId = ++lastClient) {
    Object.assign(this, { port, controlPort: control, clientId, heard: [], allowed: new Set(), lastId: 1000 });
    this.ib = new IBApi({ host: "127.0.0.1", port, clientId, maxReqPerSec: 1000 });
    this.ib.on(EventName.result, (name, args) => this.heard.push([name, ...args]));
    this.ib.on(EventName.error, (error, code, id) => this.heard.push(["error", error.message, code, id]));
    this.ib.on(EventName.info, (message, code) => this.heard.push(["info", message, code]));
    this.ib.on(EventName.disconnected, () => this.heard.push(["disconnected"]));
  }

  async connect() {
    this.ib.connect(this.clientId);
    const [first] = await this.until("nextValidId");
    this.nextOrderId = first;
    await this.until("managedAccounts");
    return this;
  }

  async disconnect() {
    if (this.ib.isConnected) this.ib.disconnect();
    await this.control("state").then((state) => state, () => null);
  }

  /** Another client of the same TWS. */
  second(clientId) {
    return new Session(this.port, this.controlPort, clientId).connect();
  }

  /** These errors are meant to come. */
  allow(...codes) {
    codes.forEach((code) => this.allowed.add(code));
  }

  /** The errors that were not meant to come. */
  wrong() {
    const bad = this.all("error").filter(([, code]) => !NOTICES.has(code) && !this.allowed.has(code));
    return bad.map(([message, code]) => `${code} ${message}`);
  }

  finish() {
    if (this.wrong().length) throw new Error("errors:");
  }

  id() {
    return ++this.lastId;
  }

  /** Run a command of a script; its result. */
  async control(command, values = {}) {
    const answer = await fetch(`http://127.0.0.1:${this.controlPort}/${command}`, { method: "POST", body: JSON.stringify(values) });
    const { result, error } = await answer.json();
    if (error) throw new Error(`${command}: ${error}`);
    return result;
  }

  /** TWS has got all requests so far. */
  async settle() {
    const before = this.all("currentTime").length;
    this.ib.reqCurrentTime();
    await this.soon(() => this.all("currentTime").length > before, "currentTime");
  }

  /** The arguments of each event of that name so far. */
  all(name, where = () => true) {
    return this.heard.filter(([heard, ...args]) => heard === name && where(...args)).map(([, ...args]) => args);
  }

  /** Wait for an event whose arguments are so; its arguments. */
  async until(name, where = () => true) {
    return this.soon(() => this.all(name, where)[0], name);
  }

  /** Wait until something holds; what it is then. */
  async soon(found, what) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const result = await found();
      if (result) return result;
      if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
      await pause(3);
    }
  }
}

/** All the conditions, by what they are called, hold. */
function holds(conditions) {
  const failed = Object.entries(conditions).filter(([, value]) => !value);
  if (failed.length) throw new Error(`not so: ${failed.map(([name]) => name)}`);
}

module.exports = { Absent, Session, holds, pause };
