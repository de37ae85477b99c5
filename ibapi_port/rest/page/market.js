"use strict";
// Quotes, depth and bars, by one WebSocket. What both files need is in app.js.
let socket = null, selected = "", bars = [];
const watched = new Map();
const book = { bids: [], asks: [] };

// --- the WebSocket ---
function send(message) { if (socket && socket.readyState === 1) socket.send(JSON.stringify(message)); }
async function openSocket() {
  let ticket;
  try { ({ ticket } = await ask("/stream/ticket", { method: "POST" })); } catch { setTimeout(openSocket, 3000); return; } // the server is away: app.js tells it
  socket = new WebSocket(`${location.origin.replace("http", "ws")}/stream?ticket=${encodeURIComponent(ticket)}`);
  socket.addEventListener("open", () => { for (const key of watched.keys()) subscribe(key); if (selected) { subscribeDepth(); subscribeBars(); } });
  socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  socket.addEventListener("close", () => { for (const key of [...watched.keys(), "depth"]) staleness(key, true); setTimeout(openSocket, 2000); });
}
// What is shown while nothing comes is old, and says so.
function staleness(key, stale) {
  const one = watched.get(key);
  const element = one ? one.row : key === "depth" ? $("depth") : null;
  if (!element) return;
  element.classList.toggle("stale", stale);
  if (one) one.row.title = stale ? "old: there is no connection" : "";
}
function heard(message) {
  if (message.error) { refused(message.id, message.error); return; }
  const id = message.channel;
  for (const { event, data } of message.events || []) {
    if (event === "stale" || event === "resumed") { staleness(id, event === "stale"); continue; }
    if (event === "error") { refused(id, data); continue; }
    if (event === "snapshot") staleness(id, false);
    if (id === "depth") takeDepth(event, data);
    else if (id === "bars") takeBars(event, data);
    else if (watched.has(id)) takeQuote(watched.get(id), event, data);
  }
  if (id === "depth") showDepth();
  else if (id === "bars") showBars();
  else if (watched.has(id)) drawQuote(watched.get(id));
}
function takeQuote(one, event, data) {
  if (event === "snapshot") Object.assign(one.ticks, data.ticks);
  else if (event === "tick") { one.ticks[data.field] = data.price ?? data.size ?? data.value; one.refused = false; }
}
function refused(id, problem) {
  const one = watched.get(id), name = (one || watched.get(selected) || {}).name;
  // what TWS has said is among the messages already
  if (!problem.errorCode) log({ time: Date.now() / 1000, errorMsg: `${name ? `${name}: ` : ""}${problem.detail}`, cure: problem.cure });
  if (one) { one.refused = true; one.row.title = problem.detail; drawQuote(one); }
  if (id === "bars") $("chart-title").textContent = `${name || ""}: no bars`;
}

// --- the watch list ---
function subscribe(key) { const one = watched.get(key); send({ op: "subscribe", id: key, channel: "market/data", params: one.params }); }
function keep() { localStorage.setItem("watch", JSON.stringify([...watched.values()].map((one) => one.params))); }
function watchAgain() {
  let known = []; try { known = JSON.parse(localStorage.getItem("watch") || "[]"); } catch { /* it is somebody else's */ }
  for (const params of known) watch(params);
}
const nameOf = (params) => params.secType !== "STK" && params.localSymbol || params.symbol;
function watch(params) {
  const key = `${params.secType}:${params.conId || params.symbol}`, title = nameOf(params);
  if (watched.has(key)) return;
  const tr = document.createElement("tr");
  const first = document.createElement("td");
  first.append(button(title, `Show chart and depth of ${title}`, () => select(key), "link"));
  const cells = ["bid", "ask", "last", "volume"].map((field) => { const td = cell("–", "n"); td.dataset.field = field; return td; });
  const last = cell("", "n");
  last.append(button("×", `Do not watch ${title} any more`, () => unwatch(key)));
  tr.append(first, ...cells, last);
  watched.set(key, { params, name: title, ticks: {}, row: tr });
  $("watch").tBodies[0].append(tr);
  $("watch").closest("section").classList.add("has");
  keep(); subscribe(key);
  if (!selected) select(key);
}
function unwatch(key) {
  send({ op: "unsubscribe", id: key });
  const next = watched.get(key).row.nextElementSibling || watched.get(key).row.previousElementSibling;
  watched.get(key).row.remove(); watched.delete(key);
  keep();
  (next ? next.querySelector("button") : $("symbol")).focus(); // the keyboard goes on from there
  if (!watched.size) $("watch").closest("section").classList.remove("has");
  if (selected === key) unselect();
}
function drawQuote(one) {
  for (const td of one.row.querySelectorAll("[data-field]")) {
    const field = td.dataset.field, value = one.ticks[field] ?? one.ticks[`delayed${field[0].toUpperCase()}${field.slice(1)}`];
    const text = one.refused && field === "bid" ? "refused" : field === "volume" ? count(value) : price(value);
    if (td.textContent !== text) { td.textContent = text; td.classList.remove("flash"); void td.offsetWidth; td.classList.add("flash"); }
  }
}
// All but stocks are looked up, by symbol or local symbol: of a future there are several months to choose from.
let found = [];
function offer(contracts) {
  found = contracts;
  $("which").replaceChildren(...contracts.map((c, n) => new Option(`${c.localSymbol || c.symbol} ${c.exchange}`, n)));
  $("which").closest("label").hidden = !contracts.length;
}
async function lookUp(text, secType) {
  // a symbol has thousands of options; of the others, ESZ6 and EUR.USD are local symbols
  const way = secType === "OPT" || (secType === "FUT" && /[0-9]$/.test(text)) || text.includes(".") ? "localSymbol" : "symbol";
  return (await ask(`/contract?${new URLSearchParams({ [way]: text, secType })}`)).contractDetails.map((each) => each.contract);
}
const short = ({ symbol, secType, exchange, currency, localSymbol, conId }) => ({ symbol, secType, exchange, currency, localSymbol, conId });
for (const id of ["symbol", "kind"]) $(id).addEventListener("input", () => offer([]));
$("watch-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("symbol").value.trim().toUpperCase(), secType = $("kind").value;
  if (!text) return;
  if (secType === "STK") watch({ symbol: text, secType });
  else if (found.length) watch(short(found[Number($("which").value)]));
  else {
    try {
      const contracts = await lookUp(text, secType);
      if (contracts.length > 1) { offer(contracts); $("which").focus(); return; }
      watch(short(contracts[0]));
    } catch (error) { tell(error); return; }
  }
  offer([]); $("symbol").value = ""; $("symbol").focus();
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
function unselect() {
  if (!selected) return;
  for (const id of ["depth", "bars"]) send({ op: "unsubscribe", id });
  watched.get(selected)?.row.removeAttribute("aria-current");
  selected = ""; book.bids = []; book.asks = []; bars = [];
  $("depth-title").textContent = ""; $("chart-title").textContent = "Choose a symbol of the watch list.";
  showDepth(); drawChart();
}
function select(key) {
  unselect();
  selected = key;
  watched.get(key).row.setAttribute("aria-current", "true");
  $("depth-title").textContent = watched.get(key).name;
  subscribeDepth(); askForBars();
}

addEventListener("resize", () => drawChart());

// --- the chart: bars of the past, of which the last one goes on ---
$("bars").addEventListener("change", () => { send({ op: "unsubscribe", id: "bars" }); askForBars(); });
function askForBars() {
  const one = watched.get(selected); if (!one) return;
  bars = []; drawChart();
  $("chart-title").textContent = `${one.name}, loading`;
  subscribeBars();
}
function subscribeBars() {
  const one = watched.get(selected); if (!one) return;
  const [durationStr, barSizeSetting] = $("bars").value.split("|");
  send({ op: "subscribe", id: "bars", channel: "historical", params: { ...one.params, durationStr, barSizeSetting, formatDate: "2", whatToShow: one.params.secType === "CASH" ? "MIDPOINT" : "TRADES" } });
}
function takeBars(event, data) {
  if (event === "snapshot" || event === "bars") bars = data.bars;
  else if (event === "bar") { // the last one as it is now, or the next one
    if (bars.length && bars[bars.length - 1].date === data.date) bars[bars.length - 1] = data; else bars.push(data);
  }
}
function showBars() {
  const one = watched.get(selected); if (!one || !bars.length) return;
  $("chart-title").textContent = `${one.name}: ${bars.length} bars, last ${price(bars[bars.length - 1].close)}`;
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
function levels(low, high) { // round prices, some four of them
  const rough = (high - low) / 4 || Math.abs(high) / 100 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((each) => each * power >= rough), made = [];
  for (let k = Math.ceil(low / step); k * step <= high + step / 1e6; k++) made.push(Number((k * step).toPrecision(12)));
  return made;
}
function drawChart() {
  const chart = $("chart"), W = Math.max(280, chart.clientWidth || 640), H = 260, L = 8, R = 62, T = 10, B = 22;
  chart.setAttribute("viewBox", `0 0 ${W} ${H}`); // so letters are as large on a phone
  const shown = bars.slice(-Math.floor(W / 5));
  if (!shown.length) { chart.replaceChildren(); return; }
  const low = Math.min(...shown.map((b) => b.low)), high = Math.max(...shown.map((b) => b.high)), span = high - low || 1;
  const x = (n) => L + (n + 0.5) * (W - L - R) / shown.length, y = (p) => T + (high - p) * (H - T - B) / span;
  const parts = [], width = Math.max(1, (W - L - R) / shown.length * 0.6);
  for (const p of levels(low, high)) { parts.push(svg("line", { class: "grid", x1: L, x2: W - R, y1: y(p), y2: y(p) }), svg("text", { x: W - R + 6, y: y(p) + 4 }, price(p))); }
  shown.forEach((b, n) => {
    const cls = b.close >= b.open ? "cu" : "cd";
    parts.push(svg("line", { class: cls, x1: x(n), x2: x(n), y1: y(b.high), y2: y(b.low) }), svg("rect", { class: cls, x: x(n) - width / 2, width, y: y(Math.max(b.open, b.close)), height: Math.max(1, Math.abs(y(b.open) - y(b.close))) }));
  });
  const times = shown.map(seconds), step = times.length > 1 ? times[1] - times[0] : 60;
  const day = { dateStyle: "short" }, moment = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" }, clock = { hour: "2-digit", minute: "2-digit" };
  for (const n of [0, Math.floor(shown.length / 2), shown.length - 1]) {
    const same = n && new Date(times[n] * 1000).toDateString() === new Date(times[0] * 1000).toDateString();
    parts.push(svg("text", { x: x(n), y: H - 6, "text-anchor": n ? n === shown.length - 1 ? "end" : "middle" : "start" }, new Date(times[n] * 1000).toLocaleString([], step >= 86400 ? day : same ? clock : moment)));
  }
  const { params } = watched.get(selected) || { params: {} };
  for (const f of fills.values()) {
    if (params.conId ? f.contract.conId !== params.conId : f.contract.symbol !== params.symbol || f.contract.secType !== params.secType) continue;
    const when = fillSeconds(f); let n = -1;
    times.forEach((t, i) => { if (t <= when) n = i; });
    if (n < 0 || (n === times.length - 1 && when > times[n] + 5 * step)) continue;
    const px = x(n), py = Math.max(T + 4, Math.min(H - B - 4, y(f.execution.price))), d = f.execution.side === "BOT" ? 7 : -7;
    const mark = svg("path", { class: "fill", d: `M${px} ${py} l-5 ${d * 1.4} h10 z` });
    mark.append(svg("title", {}, `${f.execution.side} ${f.execution.shares} at ${f.execution.price}`)); parts.push(mark);
  }
  chart.replaceChildren(...parts);
}

