"use strict";
// The page: one stream of events for orders and accounts (EventSource). market.js has one WebSocket for quotes, depth and bars.
const $ = (id) => document.getElementById(id);
let token = sessionStorage.getItem("token") || "";
let accounts = [], source = null, lastId = "", scopes = new Set();
const orders = new Map(), fills = new Map(), positions = new Map(), portfolio = new Map(), values = new Map();
const heardOf = new Set(); // the orders and fills that the stream has told of since it began
let wasReady = null;
// The account whose values are shown: the server keeps that one in step (not an advisor's own).
const kept = () => accounts.find((a) => !/^D?F/.test(a)) || accounts[0] || "";
const SUMMARY = ["NetLiquidation", "TotalCashValue", "BuyingPower", "AvailableFunds"]; // of each account, if there are several

// --- asking the server ---
async function ask(path, options = {}) {
  const headers = { Accept: "application/json", ...(options.headers || {}) };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(path, { ...options, headers });
  const text = await response.text();
  const body = text ? JSON.parse(text) : {};
  if (response.ok) return body;
  const error = new Error(body.detail || response.statusText);
  Object.assign(error, { status: response.status, body });
  if (response.status === 401) askAgain(error);
  throw error;
}
const tell = (error) => log({ time: Date.now() / 1000, errorCode: (error.body || {}).errorCode || error.status || "", errorMsg: error.message, cure: (error.body || {}).cure });

function askAgain(error) { error.askedAgain = true; login(error.message); }
function login(why) {
  $("login-error").textContent = token ? why : "";
  if (!$("login").open) $("login").showModal();
}
$("login").addEventListener("close", () => {
  token = $("token").value.trim(); $("token").value = "";
  sessionStorage.setItem("token", token);
  start();
});
$("login").addEventListener("cancel", (event) => event.preventDefault());
$("forget").addEventListener("click", () => { sessionStorage.removeItem("token"); location.reload(); });

function confirmed(text, yes) {
  $("confirm-text").textContent = text; $("confirm-yes").textContent = yes;
  const dialog = $("confirm"), key = focused();
  dialog.returnValue = "no"; dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => { focusOn(key); done(dialog.returnValue === "yes"); }, { once: true }));
}

// --- numbers and cells ---
const money = (x) => x === undefined || x === null || x === "" ? "–" : Number(x).toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const price = (x) => x === undefined || x === null ? "–" : Number(x).toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 5 });
const count = (x) => x === undefined || x === null ? "–" : Number(x).toLocaleString();
const sign = (x) => Number(x) > 0 ? "up" : Number(x) < 0 ? "down" : "";
function cell(text, cls = "") { const td = document.createElement("td"); td.textContent = text; td.className = cls; return td; }
function button(text, label, action, cls = "") { const b = document.createElement("button"); b.type = "button"; b.textContent = text; b.className = cls; b.setAttribute("aria-label", label); b.addEventListener("click", action); return b; }
// Rows are made anew with each event: who has the focus on a button of theirs keeps it.
const focused = () => document.activeElement?.dataset.key || "";
const focusOn = (key) => { if (key) document.querySelector(`[data-key="${key}"]`)?.focus(); };
function show(id, rows) {
  const body = $(id).tBodies[0], key = body.contains(document.activeElement) ? focused() : "";
  body.replaceChildren(...rows);
  $(id).closest("section").classList.toggle("has", rows.length > 0);
  focusOn(key);
}
function row(...cells) { const tr = document.createElement("tr"); tr.append(...cells); return tr; }
function name(contract) { return contract.localSymbol && contract.secType !== "STK" ? contract.localSymbol : contract.symbol; }

// --- the connection ---
function showClients(clients) {
  const first = clients[0] || {};
  const ready = first.state === "ready" && first.upstream;
  $("state").className = ready ? "ready" : "";
  if (ready && wasReady === false) reload(); // what was missed meanwhile
  wasReady = ready;
  const broken = Object.entries(first.farms || {}).filter(([, s]) => s === "broken").map(([f]) => f);
  const farms = Object.keys(first.farms || {}).length;
  const what = first.state !== "ready" ? `${first.state || "not connected"}${first.why ? `: ${first.why}` : ""}` : first.upstream ? "connected" : "TWS has lost IB";
  $("state-text").textContent = `${what}${broken.length ? `, farms broken: ${broken.join(", ")}` : farms ? `, ${farms} farms` : ""}`;
}
function showTrading(trading) {
  const halted = (trading || {}).halted || "";
  $("halted").hidden = !halted; $("halted").textContent = halted ? `halted: ${halted}` : "";
  showGuards((trading || {}).guards);
  const pair = [$("halt"), $("resume")], had = pair.includes(document.activeElement);
  $("halt").hidden = !!halted || !scopes.has("admin"); $("resume").hidden = !halted || !scopes.has("admin");
  if (had) pair.find((one) => !one.hidden)?.focus(); // the keyboard goes on at the other one
}
function showGuards(guards) {
  $("guards").hidden = !guards; if (!guards) return;
  const parts = [`orders today: ${count(guards.orders)}`, `value ${money(guards.value)} ${guards.currency}`, `quantity ${count(guards.quantity)}`, `${count(guards.orders_refused)} refused`];
  $("guards").textContent = `Guards: ${guards.dry_run ? "dry run, no order is sent; " : ""}${parts.join(", ")}`;
}
let looking = 0; // the guards' counts come with no event: they are asked for a moment after the orders' events
function lookAtGuards() {
  if ($("guards").hidden || looking) return;
  looking = setTimeout(() => { looking = 0; ask("/trading").then(showTrading).catch(() => {}); }, 500);
}
$("halt").addEventListener("click", async () => {
  if (await confirmed("Refuse every order from now on, and cancel all open orders?", "Halt trading"))
    ask("/trading/halt", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ reason: "the page", cancel: true }) }).then(showTrading).catch(tell);
});
$("resume").addEventListener("click", async () => {
  if (await confirmed("Take orders again?", "Resume")) ask("/trading/resume", { method: "POST" }).then(showTrading).catch(tell);
});

// --- account ---
const SHOWN = ["NetLiquidation", "TotalCashValue", "BuyingPower", "AvailableFunds", "UnrealizedPnL", "RealizedPnL"];
let pnl = null;
const summaries = new Map(), pnls = new Map(); // by account
const words = (tag) => tag.replace(/([a-z])([A-Z])/g, "$1 $2").replace("Pn L", "PnL");
function takeSummary(rows) {
  for (const { account, tag, value, currency } of rows) {
    if (!summaries.has(account)) summaries.set(account, {});
    summaries.get(account)[tag] = `${money(value)} ${currency}`;
  }
  showAccounts();
}
function showAccounts() {
  $("accounts").closest("div").hidden = accounts.length < 2;
  $("values").hidden = accounts.length > 1;
  show("accounts", accounts.filter((account) => summaries.has(account) || pnls.has(account)).map((account) => {
    const known = summaries.get(account) || {}, day = pnls.get(account) || {};
    return row(cell(account), ...SUMMARY.map((tag) => cell(known[tag] || "–", "n")), ...["dailyPnL", "unrealizedPnL", "realizedPnL"].map((name) => cell(money(day[name]), `n ${sign(day[name])}`)));
  }));
}
function takePnl(data, channel) {
  const account = new URLSearchParams(channel.split("?")[1]).get("account");
  pnls.set(account, data || {});
  if (account === kept()) pnl = data;
  showValues(); showAccounts();
}
function showValues() {
  const items = [];
  for (const tag of SHOWN) {
    const value = values.get(tag); if (!value) continue;
    items.push([words(tag), `${money(value.value)} ${value.currency || ""}`, tag.endsWith("PnL") ? sign(value.value) : ""]);
  }
  if (pnl) items.push(["Daily PnL", money(pnl.dailyPnL), sign(pnl.dailyPnL)]);
  $("values").replaceChildren(...items.map(([term, text, cls]) => {
    const div = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = term; dd.textContent = text; dd.className = cls; div.append(dt, dd); return div;
  }));
}
function takeValue(v) { if (v.key && (!kept() || v.accountName === kept()) && (!values.has(v.key) || v.currency !== "BASE")) values.set(v.key, v); }
function showPositions() {
  show("positions", [...positions.values()].filter((p) => Number(p.pos)).map((p) => {
    const more = portfolio.get(`${p.account}/${p.contract.conId}`) || {};
    return row(cell(accounts.length > 1 ? `${name(p.contract)} (${p.account})` : name(p.contract)), cell(count(p.pos), "n"), cell(price(p.avgCost), "n"), cell(price(more.marketPrice), "n"), cell(money(more.marketValue), "n"), cell(money(more.unrealizedPNL), `n ${sign(more.unrealizedPNL)}`));
  }));
}

// --- orders and fills ---
const DONE = new Set(["Filled", "Cancelled", "ApiCancelled", "Inactive"]);
function showOrders() {
  show("orders", [...orders.values()].filter((o) => !DONE.has(o.status)).map((o) => {
    const order = o.order || {}, contract = o.contract || {};
    const at = order.orderType === "LMT" ? ` at ${price(order.lmtPrice)}` : order.auxPrice ? ` ${price(order.auxPrice)}` : "";
    const text = `${order.action || ""} ${count(order.totalQuantity)} ${name(contract) || ""} ${order.orderType || ""}${at}`;
    const actions = cell("", "n");
    if (scopes.has("trade")) {
      actions.append(button("Cancel", `Cancel order ${o.orderId}: ${text}`, async () => {
        if (await confirmed(`Cancel order ${o.orderId}: ${text}?`, "Cancel the order")) ask(`/order/${o.orderId}`, { method: "DELETE" }).catch(tell);
      }, "danger"));
      actions.firstChild.dataset.key = `cancel ${o.permId || o.orderId}`;
    }
    return row(cell(o.orderId), cell(text), cell(o.status || ""), cell(count(o.filled || 0), "n"), actions);
  }));
}
function showFills() {
  const rows = [...fills.values()].reverse().slice(0, 100);
  show("fills", rows.map((f) => row(cell(fillSeconds(f) ? new Date(fillSeconds(f) * 1000).toLocaleTimeString() : f.execution.time), cell(`${f.execution.side === "BOT" ? "bought" : "sold"} ${count(f.execution.shares)} ${name(f.contract)}`), cell(price(f.execution.price), "n"), cell(f.commissionReport ? money(f.commissionReport.commissionAndFees) : "–", "n"))));
  drawChart();
}

// --- messages ---
function log(message) {
  const li = document.createElement("li"), when = document.createElement("time"), text = document.createElement("span");
  when.textContent = new Date(message.time * 1000).toLocaleTimeString();
  text.textContent = `${message.errorCode ? `${message.errorCode} ` : ""}${message.errorMsg}`;
  const harmless = message.isWarning || (message.cure || "").startsWith("Nothing is needed"); // such as a cancelled order
  if (!harmless) text.className = "bad";
  li.append(when, text);
  if (message.cure && !message.isWarning) { const cure = document.createElement("span"); cure.className = "cure"; cure.textContent = message.cure; li.append(cure); }
  $("log").prepend(li);
  while ($("log").children.length > 100) $("log").lastChild.remove();
  $("log").closest("section").classList.add("has");
}

// --- the stream of orders and accounts, by EventSource ---
async function openStream() {
  const { ticket } = await ask("/stream/ticket", { method: "POST" });
  const query = new URLSearchParams({ ticket });
  const many = accounts.length > 1 ? accounts.slice(0, 50) : [kept()].filter(Boolean);
  for (const channel of ["clients", "order/events", "executions", "account/positions", "account/updates", ...many.map((one) => `account/pnl?account=${encodeURIComponent(one)}`)]) query.append("channels", channel);
  if (accounts.length > 1) query.append("channels", `account/summary?tags=${SUMMARY.join("%2C")}`);
  if (lastId) query.set("lastEventId", lastId);
  if (source) source.close();
  source = new EventSource(`/stream?${query}`);
  const on = (event, action) => source.addEventListener(event, (e) => { if (e.lastEventId) lastId = e.lastEventId; const { channel, data } = JSON.parse(e.data); action(data, channel); });
  on("snapshot", (data, channel) => {
    if (channel === "clients") { showClients(data.clients); showTrading(data.trading); for (const m of data.messages || []) log(m); }
    else if (channel === "account/positions") { positions.clear(); for (const p of data.positions) positions.set(`${p.account}/${p.contract.conId}`, p); showPositions(); }
    else if (channel === "account/updates") { for (const v of Object.values(data.updateAccountValue)) for (const one of [v].flat()) takeValue(one); for (const p of data.updatePortfolio) portfolio.set(`${p.accountName}/${p.contract.conId}`, p); showValues(); showPositions(); }
    else if (channel.startsWith("account/pnl")) takePnl(data.pnl, channel);
    else if (channel.startsWith("account/summary")) takeSummary(data.value);
  });
  on("state", (data) => { if (data.role === "orders") showClients([data]); });
  on("trading", showTrading);
  on("message", log);
  on("pnl", takePnl);
  on("value", (data) => takeSummary([data]));
  on("updateAccountValue", (data) => { takeValue(data); showValues(); });
  on("updatePortfolio", (data) => { portfolio.set(`${data.accountName}/${data.contract.conId}`, data); showPositions(); });
  on("position", (data) => { positions.set(`${data.account}/${data.contract.conId}`, data); showPositions(); });
  on("execution", (data) => { const key = data.execution.execId; heardOf.add(key); fills.set(key, data); showFills(); });
  const takeOrder = (key, data) => { heardOf.add(key); orders.set(key, { ...(orders.get(key) || {}), ...data }); showOrders(); lookAtGuards(); };
  on("openOrder", (data) => takeOrder(data.permId || data.orderId, { ...data, status: data.orderState?.status }));
  on("orderStatus", (data) => takeOrder(data.permId || data.orderId, data));
  source.addEventListener("error", (e) => {
    if (e.data !== undefined) { // an order's error by that name, not the end of the stream
      lookAtGuards();
      const { data } = JSON.parse(e.data);
      if (data.fate) log({ time: Date.now() / 1000, errorCode: data.errorCode, errorMsg: `order ${data.orderId}: ${data.errorMsg}` });
      return;
    }
    source.close(); $("state").className = ""; $("state-text").textContent = "the server is not reached"; setTimeout(openAgain, 2000); });
  await new Promise((done) => source.addEventListener("open", done, { once: true }));
}
async function reload() {
  if (source) source.close();
  lastId = ""; // from the beginning: what has led here must not come again
  await openAgain();
}
const openAgain = () => load().catch((error) => {
  if (error.askedAgain) return; // for another token, after which it begins anew
  if (error instanceof TypeError) $("state-text").textContent = "the server is not reached";
  setTimeout(openAgain, 3000);
});

async function load() {
  const root = await ask("/");
  $("paper").hidden = !root.connected; $("paper").textContent = root.paper ? "paper" : "live"; $("paper").classList.toggle("bad", !root.paper);
  scopes = new Set(root.scopes);
  if (root.readOnly) { scopes.delete("trade"); scopes.delete("admin"); } // the routes are not there
  $("halt").hidden = !scopes.has("admin");
  const lacking = ["read", "stream"].filter((scope) => !scopes.has(scope));
  if (lacking.length) {
    const error = new Error(`This page needs a token with the scopes read and stream. This one does not have ${lacking.join(" and ")}.`);
    askAgain(error); throw error;
  }
  try { accounts = (await ask("/account")).managedAccounts; } catch (error) { if (error.status !== 503) throw error; }
  heardOf.clear();
  await openStream();
  // The lists come after the stream has begun, so that nothing falls between them; what the stream has told meanwhile is newer than they are.
  try {
    const open = await ask("/order");
    for (const key of [...orders.keys()]) if (!heardOf.has(key)) orders.delete(key);
    open.openOrder.forEach((o, n) => { const key = o.order.permId || o.orderId; if (!heardOf.has(key)) orders.set(key, { ...open.orderStatus[n], ...o, status: open.orderStatus[n].status || o.orderState.status }); });
    const { execDetails } = await ask("/executions");
    for (const key of [...fills.keys()]) if (!heardOf.has(key)) fills.delete(key);
    for (const f of execDetails) if (!heardOf.has(f.execution.execId)) fills.set(f.execution.execId, f);
  } catch (error) { if (error.status !== 503) throw error; }
  showOrders(); showFills();
}
let begun = false;
async function start() {
  try { await load(); } catch (error) {
    if (!error.askedAgain) { tell(error); setTimeout(start, 3000); }
    return;
  }
  $("login-error").textContent = "";
  if (begun) return;
  begun = true;
  openSocket(); watchAgain();
}
addEventListener("DOMContentLoaded", () => token ? start() : login("")); // market.js comes after this file
