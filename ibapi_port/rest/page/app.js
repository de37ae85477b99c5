"use strict";
// The page: one stream of events for orders and accounts (EventSource), one WebSocket for quotes.
const $ = (id) => document.getElementById(id);
let token = sessionStorage.getItem("token") || "";
let accounts = [], source = null, socket = null, lastId = "", selected = "", scopeTrade = true;
const watched = new Map(), orders = new Map(), fills = new Map(), positions = new Map(), portfolio = new Map(), values = new Map();
const heardOf = new Set(); // the orders and fills that the stream has told of since it began
const book = { bids: [], asks: [] };
let bars = [], wasReady = null;
// The account whose values are shown: the server keeps that one in step (not an advisor's own).
const kept = () => accounts.find((a) => !/^D?F/.test(a)) || accounts[0] || "";

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
  if (response.status === 401) login(error.message);
  throw error;
}
const tell = (error) => log({ time: Date.now() / 1000, errorCode: (error.body || {}).errorCode || error.status || "", errorMsg: error.message, cure: (error.body || {}).cure });

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
  const dialog = $("confirm");
  dialog.returnValue = "no"; dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

// --- numbers and cells ---
const money = (x) => x === undefined || x === null || x === "" ? "–" : Number(x).toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const price = (x) => x === undefined || x === null ? "–" : Number(x).toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 5 });
const count = (x) => x === undefined || x === null ? "–" : Number(x).toLocaleString();
const sign = (x) => Number(x) > 0 ? "up" : Number(x) < 0 ? "down" : "";
function cell(text, cls = "") { const td = document.createElement("td"); td.textContent = text; td.className = cls; return td; }
function button(text, label, action, cls = "") { const b = document.createElement("button"); b.type = "button"; b.textContent = text; b.className = cls; b.setAttribute("aria-label", label); b.addEventListener("click", action); return b; }
function show(id, rows) { const body = $(id).tBodies[0]; body.replaceChildren(...rows); $(id).closest("section").classList.toggle("has", rows.length > 0); }
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
  $("halt").hidden = !!halted; $("resume").hidden = !halted;
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
function showValues() {
  const items = [];
  for (const tag of SHOWN) {
    const value = values.get(tag); if (!value) continue;
    items.push([tag.replace(/([a-z])([A-Z])/g, "$1 $2").replace("Pn L", "PnL"), `${money(value.value)} ${value.currency || ""}`, tag.endsWith("PnL") ? sign(value.value) : ""]);
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
    if (scopeTrade) actions.append(button("Cancel", `Cancel order ${o.orderId}: ${text}`, async () => {
      if (await confirmed(`Cancel order ${o.orderId}: ${text}?`, "Cancel the order")) ask(`/order/${o.orderId}`, { method: "DELETE" }).catch(tell);
    }, "danger"));
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
  if (!message.isWarning) text.className = "bad";
  li.append(when, text);
  if (message.cure && !message.isWarning) { const cure = document.createElement("span"); cure.className = "cure"; cure.textContent = message.cure; li.append(cure); }
  $("log").prepend(li);
  while ($("log").children.length > 100) $("log").lastChild.remove();
  $("log").closest("section").classList.add("has");
}

// --- quotes, by WebSocket ---
function send(message) { if (socket && socket.readyState === 1) socket.send(JSON.stringify(message)); }
async function openSocket() {
  const { ticket } = await ask("/stream/ticket", { method: "POST" });
  socket = new WebSocket(`${location.origin.replace("http", "ws")}/stream?ticket=${encodeURIComponent(ticket)}`);
  socket.addEventListener("open", () => { for (const key of watched.keys()) subscribe(key); if (selected) subscribeDepth(); });
  socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  socket.addEventListener("close", () => setTimeout(() => openSocket().catch(() => {}), 2000));
}
function heard(message) {
  if (message.error) { log({ time: Date.now() / 1000, errorCode: message.error.errorCode, errorMsg: message.error.detail, cure: message.error.cure }); return; }
  for (const { event, data } of message.events || []) {
    if (message.channel === "depth") { takeDepth(event, data); continue; }
    const one = watched.get(message.channel); if (!one) continue;
    if (event === "snapshot") Object.assign(one.ticks, data.ticks);
    else if (event === "tick") { one.ticks[data.field] = data.price ?? data.size ?? data.value; one.changed = data.field; }
    else if (event === "stale") one.stale = true;
    else if (event === "resumed") one.stale = false;
    else if (event === "error") { log({ time: Date.now() / 1000, errorCode: data.errorCode, errorMsg: `${one.params.symbol}: ${data.detail}`, cure: data.cure }); }
    drawQuote(message.channel, one);
  }
  if (message.channel === "depth") showDepth();
}
function subscribe(key) { const one = watched.get(key); send({ op: "subscribe", id: key, channel: "market/data", params: one.params }); }
function watch(params) {
  const key = `${params.secType}:${params.symbol}`;
  if (watched.has(key)) return;
  const tr = document.createElement("tr");
  const first = document.createElement("td");
  first.append(button(params.symbol, `Show chart and depth of ${params.symbol}`, () => select(key), "link"));
  const cells = ["bid", "ask", "last", "volume"].map((field) => { const td = cell("–", "n"); td.dataset.field = field; return td; });
  const last = cell("", "n");
  last.append(button("×", `Do not watch ${params.symbol} any more`, () => unwatch(key)));
  tr.append(first, ...cells, last);
  watched.set(key, { params, ticks: {}, row: tr });
  $("watch").tBodies[0].append(tr);
  $("watch").closest("section").classList.add("has");
  localStorage.setItem("watch", JSON.stringify([...watched.values()].map((one) => one.params)));
  subscribe(key);
  if (!selected) select(key);
}
function unwatch(key) {
  send({ op: "unsubscribe", id: key });
  watched.get(key).row.remove(); watched.delete(key);
  localStorage.setItem("watch", JSON.stringify([...watched.values()].map((one) => one.params)));
  if (!watched.size) $("watch").closest("section").classList.remove("has");
  if (selected === key) { selected = ""; send({ op: "unsubscribe", id: "depth" }); }
}
function drawQuote(key, one) {
  for (const td of one.row.querySelectorAll("[data-field]")) {
    const field = td.dataset.field, value = one.ticks[field] ?? one.ticks[`delayed${field[0].toUpperCase()}${field.slice(1)}`];
    const text = field === "volume" ? count(value) : price(value);
    if (td.textContent !== text) { td.textContent = text; td.classList.remove("flash"); void td.offsetWidth; td.classList.add("flash"); }
  }
  one.row.style.opacity = one.stale ? ".5" : "";
}
$("watch-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const symbol = $("symbol").value.trim().toUpperCase();
  if (symbol) watch({ symbol, secType: $("kind").value });
  $("symbol").value = ""; $("symbol").focus();
});

// --- depth ---
function subscribeDepth() { const one = watched.get(selected); if (one) send({ op: "subscribe", id: "depth", channel: "market/depth", params: { ...one.params, numRows: 8 } }); }
function takeDepth(event, data) {
  if (event === "snapshot") { book.bids = data.bids; book.asks = data.asks; }
  else if (event === "reset") { book.bids = []; book.asks = []; }
  else if (event === "row") {
    const side = book[`${data.side}s`], level = { price: data.price, size: data.size, mm: data.mm };
    if (data.operation === "insert") side.splice(data.position, 0, level);
    else if (data.operation === "update") side.splice(data.position, 1, level);
    else side.splice(data.position, 1);
  }
}
function showDepth() {
  const rows = [];
  for (let n = 0; n < Math.max(book.bids.length, book.asks.length); n++) {
    const bid = book.bids[n], ask = book.asks[n];
    rows.push(row(cell(bid ? count(bid.size) : "", "n"), cell(bid ? price(bid.price) : "", "n up"), cell(ask ? price(ask.price) : "", "n down"), cell(ask ? count(ask.size) : "", "n")));
  }
  show("depth", rows);
}
function select(key) {
  if (selected) { send({ op: "unsubscribe", id: "depth" }); watched.get(selected)?.row.removeAttribute("aria-selected"); }
  selected = key; book.bids = []; book.asks = []; showDepth();
  watched.get(key).row.setAttribute("aria-selected", "true");
  $("depth-title").textContent = watched.get(key).params.symbol;
  subscribeDepth(); loadBars();
}

// --- the chart ---
$("bars").addEventListener("change", () => loadBars());
async function loadBars() {
  const one = watched.get(selected); if (!one) return;
  const [durationStr, barSizeSetting] = $("bars").value.split("|");
  const query = new URLSearchParams({ ...one.params, durationStr, barSizeSetting, formatDate: "2", whatToShow: one.params.secType === "CASH" ? "MIDPOINT" : "TRADES" });
  $("chart-title").textContent = `${one.params.symbol}, loading`;
  try { bars = (await ask(`/historical?${query}`)).bars; } catch (error) { bars = []; tell(error); }
  $("chart-title").textContent = bars.length ? `${one.params.symbol}: ${bars.length} bars, last ${price(bars[bars.length - 1].close)}` : `${one.params.symbol}: no bars`;
  drawChart();
}
const seconds = (bar) => /^\d{9,}$/.test(bar.date) ? Number(bar.date) : Date.parse(bar.date.replace(/^(\d{4})(\d\d)(\d\d).*/, "$1-$2-$3")) / 1000;
function fillSeconds(f) {
  const m = /^(\d{4})(\d\d)(\d\d)[ -]+(\d\d):(\d\d):(\d\d) ?(.*)$/.exec(f.execution.time || ""); if (!m) return 0;
  const utc = Date.UTC(m[1], m[2] - 1, m[3], m[4], m[5], m[6]) / 1000;
  try { // the zone's offset at that time
    const parts = new Intl.DateTimeFormat("en-US", { timeZone: m[7] || undefined, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(new Date(utc * 1000));
    const p = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
    return utc + (utc - Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) / 1000);
  } catch { return utc; }
}
function svg(kind, attributes, text) { const e = document.createElementNS("http://www.w3.org/2000/svg", kind); for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v); if (text !== undefined) e.textContent = text; return e; }
function drawChart() {
  const chart = $("chart"), W = 640, H = 260, L = 8, R = 62, T = 10, B = 22;
  const shown = bars.slice(-120);
  if (!shown.length) { chart.replaceChildren(); return; }
  const low = Math.min(...shown.map((b) => b.low)), high = Math.max(...shown.map((b) => b.high)), span = high - low || 1;
  const x = (n) => L + (n + 0.5) * (W - L - R) / shown.length, y = (p) => T + (high - p) * (H - T - B) / span;
  const parts = [], width = Math.max(1, (W - L - R) / shown.length * 0.6);
  for (let k = 0; k <= 4; k++) { const p = low + span * k / 4; parts.push(svg("line", { class: "grid", x1: L, x2: W - R, y1: y(p), y2: y(p) }), svg("text", { x: W - R + 6, y: y(p) + 4 }, price(p))); }
  shown.forEach((b, n) => {
    const cls = b.close >= b.open ? "cu" : "cd";
    parts.push(svg("line", { class: cls, x1: x(n), x2: x(n), y1: y(b.high), y2: y(b.low) }), svg("rect", { class: cls, x: x(n) - width / 2, width, y: y(Math.max(b.open, b.close)), height: Math.max(1, Math.abs(y(b.open) - y(b.close))) }));
  });
  const times = shown.map(seconds), step = times.length > 1 ? times[1] - times[0] : 60;
  for (const n of [0, Math.floor(shown.length / 2), shown.length - 1]) parts.push(svg("text", { x: x(n), y: H - 6, "text-anchor": n ? n === shown.length - 1 ? "end" : "middle" : "start" }, new Date(times[n] * 1000).toLocaleString([], step >= 86400 ? { dateStyle: "short" } : { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" })));
  const symbol = (watched.get(selected) || { params: {} }).params.symbol;
  for (const f of fills.values()) {
    if (f.contract.symbol !== symbol) continue;
    const when = fillSeconds(f); let n = -1;
    times.forEach((t, i) => { if (t <= when) n = i; });
    if (n < 0 || (n === times.length - 1 && when > times[n] + 5 * step)) continue;
    const px = x(n), py = Math.max(T + 4, Math.min(H - B - 4, y(f.execution.price))), d = f.execution.side === "BOT" ? 7 : -7;
    const mark = svg("path", { class: "fill", d: `M${px} ${py} l-5 ${d * 1.4} h10 z` });
    mark.append(svg("title", {}, `${f.execution.side} ${f.execution.shares} at ${f.execution.price}`)); parts.push(mark);
  }
  chart.replaceChildren(...parts);
}

// --- the stream of orders and accounts, by EventSource ---
async function openStream() {
  const { ticket } = await ask("/stream/ticket", { method: "POST" });
  const query = new URLSearchParams({ ticket });
  for (const channel of ["clients", "order/events", "executions", "account/positions", "account/updates", ...(kept() ? [`account/pnl?account=${encodeURIComponent(kept())}`] : [])]) query.append("channels", channel);
  if (lastId) query.set("lastEventId", lastId);
  source = new EventSource(`/stream?${query}`);
  const on = (event, action) => source.addEventListener(event, (e) => { if (e.lastEventId) lastId = e.lastEventId; const { channel, data } = JSON.parse(e.data); action(data, channel); });
  on("snapshot", (data, channel) => {
    if (channel === "clients") { showClients(data.clients); showTrading(data.trading); for (const m of data.messages || []) log(m); }
    else if (channel === "account/positions") { positions.clear(); for (const p of data.positions) positions.set(`${p.account}/${p.contract.conId}`, p); showPositions(); }
    else if (channel === "account/updates") { for (const v of Object.values(data.updateAccountValue)) for (const one of [v].flat()) takeValue(one); for (const p of data.updatePortfolio) portfolio.set(`${p.accountName}/${p.contract.conId}`, p); showValues(); showPositions(); }
    else if (channel.startsWith("account/pnl")) { pnl = data.pnl; showValues(); }
  });
  on("state", (data) => { if (data.role === "orders") showClients([data]); });
  on("trading", showTrading);
  on("message", log);
  on("pnl", (data) => { pnl = data; showValues(); });
  on("updateAccountValue", (data) => { takeValue(data); showValues(); });
  on("updatePortfolio", (data) => { portfolio.set(`${data.accountName}/${data.contract.conId}`, data); showPositions(); });
  on("position", (data) => { positions.set(`${data.account}/${data.contract.conId}`, data); showPositions(); });
  on("execution", (data) => { const key = data.execution.execId; heardOf.add(key); fills.set(key, data); showFills(); });
  const takeOrder = (key, data) => { heardOf.add(key); orders.set(key, { ...(orders.get(key) || {}), ...data }); showOrders(); };
  on("openOrder", (data) => takeOrder(data.permId || data.orderId, { ...data, status: data.orderState?.status }));
  on("orderStatus", (data) => takeOrder(data.permId || data.orderId, data));
  source.addEventListener("error", (e) => {
    if (e.data !== undefined) { // an order's error by that name, not the end of the stream
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
const openAgain = () => load().catch(() => setTimeout(openAgain, 3000));

async function load() {
  const root = await ask("/");
  $("paper").hidden = !root.connected; $("paper").textContent = root.paper ? "paper" : "live"; $("paper").classList.toggle("bad", !root.paper);
  scopeTrade = !root.readOnly; $("halt").hidden = root.readOnly;
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
async function start() {
  try { await load(); } catch (error) { if (error.status !== 401) { tell(error); setTimeout(openAgain, 3000); } return; }
  $("login-error").textContent = "";
  openSocket().catch(tell);
  let known = []; try { known = JSON.parse(localStorage.getItem("watch") || "[]"); } catch { /* it is somebody else's */ }
  for (const params of known) watch(params);
}
if (token) start(); else login("");
