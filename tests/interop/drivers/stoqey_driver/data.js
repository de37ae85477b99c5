// Contracts, the market now, and what it did.
"use strict";
const { Absent, holds } = require("./session.js");

const AAPL = 265598;
const stock = (symbol = "AAPL", exchange = "SMART") => ({ symbol, secType: "STK", exchange, currency: "USD" });
const sorted = (numbers) => numbers.every((each, n) => !n || numbers[n - 1] <= each);

async function details(tws, contract, event = "contractDetails") {
  const id = tws.id();
  tws.ib.reqContractDetails(id, contract);
  await tws.until("contractDetailsEnd", (reqId) => reqId === id);
  return tws.all(event, (reqId) => reqId === id).map(([, found]) => found);
}

/** [exchange, conId, class, multiplier, expirations, strikes] each. */
async function chain(tws, symbol = "AAPL", conId = AAPL) {
  const id = tws.id();
  tws.ib.reqSecDefOptParams(id, symbol, "", "STK", conId);
  await tws.until("securityDefinitionOptionParameterEnd", (reqId) => reqId === id);
  return tws.all("securityDefinitionOptionParameter", (reqId) => reqId === id).map(([, ...row]) => row);
}

async function option(tws, symbol = "AAPL", conId = AAPL, strike = 230) {
  const listed = (await chain(tws, symbol, conId)).find(([exchange]) => exchange === "SMART");
  const lastTradeDateOrContractMonth = [...listed[4]].sort()[3];
  const wanted = { symbol, secType: "OPT", exchange: "SMART", currency: "USD", strike, right: "C", lastTradeDateOrContractMonth };
  const [found] = await details(tws, wanted);
  return found.contract;
}

/** Long the call of 230, short that of 240. */
async function spread(tws) {
  const comboLegs = [];
  for (const [strike, action] of [[230, "BUY"], [240, "SELL"]]) {
    comboLegs.push({ conId: (await option(tws, "AAPL", AAPL, strike)).conId, ratio: 1, action, exchange: "SMART" });
  }
  return { symbol: "AAPL", secType: "BAG", exchange: "SMART", currency: "USD", comboLegs };
}

function subscribe(tws, contract, ticks = "", snapshot = false) {
  const id = tws.id();
  tws.ib.reqMktData(id, contract, ticks, snapshot, false);
  return id;
}

const tick = (tws, name, id, type, where = (value) => value > 0) =>
  tws.until(name, (reqId, field, value) => reqId === id && field === type && where(value)).then(([, , value]) => value);

async function book(tws, contract, event, smart) {
  const id = tws.id();
  const named = event === "updateMktDepthL2" ? 1 : 0;
  tws.ib.reqMktDepth(id, contract, 5, smart);
  const rows = (side) =>
    tws.all(event, (...row) => row[0] === id && row[3 + named] === side && row[2 + named] === 0).slice(0, 3);
  await tws.soon(() => rows(0).length === 3 && rows(1).length === 3, event);
  const [asks, bids] = [0, 1].map((side) => rows(side).map((row) => row[4 + named]));
  holds({ asks: sorted(asks), bids: sorted([...bids].reverse()), apart: bids[0] < asks[0] && bids[0] > 0 });
  await tws.until(event, (...row) => row[0] === id && row[2 + named] === 1);
  tws.ib.cancelMktDepth(id, smart);
  return [...rows(0), ...rows(1)];
}

async function sales(tws, kind) {
  const id = tws.id();
  tws.ib.reqTickByTickData(id, stock(), kind, 0, false);
  await tws.settle();
  await tws.control("quote", { symbol: "AAPL", bid: 302.1, ask: 302.3, last: 302.2, last_size: 100 });
  const told = await tws.until("tickByTickAllLast", (reqId, type, time, price) => reqId === id && price === 302.2);
  const [, type, time, , size, attributes, exchange] = told;
  holds({ type: type === (kind === "Last" ? 1 : 2), time: Number(time) > 1.7e9, size: size > 0, exchange, pastLimit: !attributes.pastLimit });
  tws.ib.cancelTickByTickData(id);
}

async function bars(tws, size, duration, show, keep = false) {
  const id = tws.id();
  tws.ib.reqHistoricalData(id, stock(), "", duration, size, show, 1, 1, keep);
  await tws.until("historicalData", (reqId, date) => reqId === id && date.startsWith("finished"));
  return [id, tws.all("historicalData", (reqId, date) => reqId === id && !date.startsWith("finished")).map(([, ...bar]) => bar)];
}

module.exports = [
  ["connect", async (tws) => {
    const [accounts] = await tws.until("managedAccounts");
    const told = (await tws.control("state")).clients.find((each) => each.client_id === tws.clientId);
    holds({ accounts: accounts === "DU1234567", id: tws.nextOrderId > 0, version: told.server_version === tws.ib.serverVersion });
    holds({ conId: (await details(tws, stock()))[0].contract.conId === AAPL });
    await tick(tws, "tickPrice", subscribe(tws, stock()), 1);
  }],
  ["stock", async (tws) => {
    const [found] = await details(tws, stock());
    holds({
      conId: found.contract.conId === AAPL, primary: found.contract.primaryExch === "NASDAQ", name: /^APPLE/i.test(found.longName),
      minTick: found.minTick === 0.01, zone: found.timeZoneId === "US/Eastern", type: found.stockType === "COMMON",
      exchanges: found.validExchanges.split(",").includes("SMART"), isin: found.secIdList.some((each) => each.value === "US0378331005"),
    });
    tws.allow(200);
    tws.ib.reqContractDetails(5, stock("NOSUCH"));
    await tws.until("error", (message, code) => code === 200);
  }],
  ["option", async (tws) => {
    const found = await option(tws);
    const [told] = await details(tws, { conId: found.conId, secType: "OPT", exchange: "SMART" });
    const [expiry] = found.lastTradeDateOrContractMonth.split(" "); // the client leaves the time of the last trade in it
    holds({
      strike: told.contract.strike === 230, right: told.contract.right === "C", multiplier: Number(told.contract.multiplier) === 100,
      under: told.underConId === AAPL, expiry: told.realExpirationDate === expiry,
    });
  }],
  ["future", async (tws) => {
    const found = await details(tws, { symbol: "ES", secType: "FUT", exchange: "CME", currency: "USD" });
    holds({ many: found.length >= 4, multiplier: found.every((each) => Number(each.contract.multiplier) === 50) });
  }],
  ["forex", async (tws) => {
    const [found] = await details(tws, { symbol: "EUR", secType: "CASH", exchange: "IDEALPRO", currency: "USD" });
    holds({ conId: found.contract.conId === 12087792, name: found.contract.localSymbol === "EUR.USD", minTick: found.minTick === 5e-5 });
  }],
  ["bond", async (tws) => {
    const [found] = await details(tws, { symbol: "US912810TL26", secType: "BOND", exchange: "SMART", currency: "USD" }, "bondContractDetails");
    holds({ conId: found.contract.conId === 594912341, coupon: found.coupon > 0, maturity: found.maturity.length >= 8 });
  }],
  ["index", async (tws) => {
    const [found] = await details(tws, { symbol: "SPX", secType: "IND", exchange: "CBOE", currency: "USD" });
    holds({ conId: found.contract.conId === 416904 });
  }],
  ["crypto", async (tws) => {
    const [found] = await details(tws, { symbol: "BTC", secType: "CRYPTO", exchange: "PAXOS", currency: "USD" });
    holds({ conId: found.contract.conId === 479624278 });
  }],
  ["combo", async (tws) => {
    const id = subscribe(tws, await spread(tws));
    const [bid, ask] = [await tick(tws, "tickPrice", id, 1), await tick(tws, "tickPrice", id, 2)];
    holds({ bid: bid > 0, ask: bid <= ask + 1 && ask < 12 });
  }],
  ["symbols", async (tws) => {
    tws.ib.reqMatchingSymbols(5, "AAP");
    const [, found] = await tws.until("symbolSamples", (id) => id === 5);
    const apple = found.find((each) => each.contract.conId === AAPL);
    holds({ symbol: apple.contract.symbol === "AAPL", options: apple.derivativeSecTypes.includes("OPT") });
  }],
  ["option_parameters", async (tws) => {
    const listed = await chain(tws);
    holds({ exchanges: ["SMART", "CBOE"].every((name) => listed.some(([exchange]) => exchange === name)) });
    for (const [, conId, name, multiplier, expirations, strikes] of listed) {
      holds({ conId: conId === AAPL, name: name === "AAPL", multiplier: Number(multiplier) === 100 });
      holds({ expirations: expirations.length >= 8, strikes: strikes.includes(230) });
    }
  }],
  ["market_rule", async (tws) => {
    tws.ib.reqMarketRule(26);
    const [, rows] = await tws.until("marketRule", (id) => id === 26);
    holds({ rows: rows.length === 1 && rows[0].lowEdge === 0 && rows[0].increment === 0.01 });
  }],
  ["smart_components", async (tws) => {
    subscribe(tws, stock());
    const [, , letters] = await tws.until("tickReqParams");
    tws.ib.reqSmartComponents(5, letters);
    const [, found] = await tws.until("smartComponents", (id) => id === 5);
    const names = [...found.values()].flat();
    holds({ names: names.includes("NASDAQ"), size: found.size > 5 });
  }],
  ["depth_exchanges", async (tws) => {
    tws.ib.reqMktDepthExchanges();
    const [found] = await tws.until("mktDepthExchanges");
    holds({ nasdaq: found.some((each) => each.exchange === "NASDAQ" && each.secType === "STK" && each.serviceDataType === "Deep2") });
  }],

  // --- now ---
  ["live", async (tws) => {
    const id = subscribe(tws, stock());
    for (const type of [1, 2, 4, 6, 7, 9]) await tick(tws, "tickPrice", id, type);
    for (const type of [0, 3, 5, 8]) await tick(tws, "tickSize", id, type, (size) => size >= 0);
    await tws.control("quote", { symbol: "AAPL", bid: 301.25, ask: 301.5, last: 301.3 });
    for (const [type, price] of [[1, 301.25], [2, 301.5], [4, 301.3]]) await tick(tws, "tickPrice", id, type, (value) => value === price);
    tws.ib.cancelMktData(id);
  }],
  ["delayed", async (tws) => {
    tws.allow(354, 10089);
    subscribe(tws, stock());
    await tws.until("error", (message, code) => code === 354 || code === 10089);
    tws.ib.reqMarketDataType(3);
    const id = subscribe(tws, stock());
    await tws.until("marketDataType", (reqId, type) => reqId === id && type === 3);
    for (const type of [66, 67, 68]) await tick(tws, "tickPrice", id, type);
    tws.allow(10167);
  }, "delayed"],
  ["frozen", async (tws) => {
    tws.ib.reqMarketDataType(2);
    const id = subscribe(tws, stock());
    await tws.until("marketDataType", (reqId, type) => reqId === id && type === 2);
    holds({ quotes: (await tick(tws, "tickPrice", id, 1)) < (await tick(tws, "tickPrice", id, 2)) });
  }, "closed"],
  ["snapshot", async (tws) => {
    const id = subscribe(tws, stock("MSFT"), "", true);
    await tws.until("tickSnapshotEnd", (reqId) => reqId === id);
    const types = tws.all("tickPrice", (reqId, type, price) => reqId === id && price > 0).map(([, type]) => type);
    holds({ types: [1, 2, 4].every((type) => types.includes(type)) });
  }],
  ["generic", async (tws) => {
    const id = subscribe(tws, stock(), "100,101,104,105,106,165,221,225,233,236,293,294,295,318,411,456");
    for (const type of [15, 16, 19, 20, 37, 57]) await tick(tws, "tickPrice", id, type);
    for (const type of [21, 27, 28, 29, 30]) await tick(tws, "tickSize", id, type);
    for (const type of [23, 24, 46, 54, 58]) await tick(tws, "tickGeneric", id, type);
    await tick(tws, "tickString", id, 48, (text) => text.split(";").length === 6);
    await tick(tws, "tickString", id, 59, (text) => text.split(",").length === 4);
  }],
  ["greeks", async (tws) => {
    const id = subscribe(tws, await option(tws, "IBM", 8314, 225));
    for (const type of [10, 11, 12, 13]) {
      const told = await tws.until("tickOptionComputation", (reqId, field, a, iv, delta) => reqId === id && field === type && delta);
      const [, , , iv, delta, price, , gamma, vega, theta, under] = told;
      holds({ iv: iv > 0.01 && iv < 3, delta: delta > 0 && delta < 1, price: price > 0, gamma: gamma > 0, under: under > 10 });
      holds({ vega: vega > 0, theta: theta < 0 });
    }
  }],
  ["depth", async (tws) => {
    await book(tws, { symbol: "EUR", secType: "CASH", exchange: "IDEALPRO", currency: "USD" }, "updateMktDepth", false);
    const rows = await book(tws, stock("AAPL", "NASDAQ"), "updateMktDepthL2", false);
    holds({ makers: rows.every((row) => row[2]) });
  }],
  ["smart_depth", async (tws) => {
    tws.allow(2152); // names the exchanges in the book
    const rows = await book(tws, stock(), "updateMktDepthL2", true);
    holds({ exchanges: new Set(rows.map((row) => row[2])).size > 1, smart: rows.every((row) => row[7]) });
  }],
  ["tick_last", (tws) => sales(tws, "Last")],
  ["tick_all_last", (tws) => sales(tws, "AllLast")],
  ["tick_bid_ask", async (tws) => {
    tws.ib.reqTickByTickData(7, stock(), "BidAsk", 0, false);
    await tws.settle();
    await tws.control("quote", { symbol: "AAPL", bid: 303.1, ask: 303.2, last: 303.15, bid_size: 700, ask_size: 900 });
    const [, , , , bidSize, askSize] = await tws.until("tickByTickBidAsk", (id, time, bid, ask) => id === 7 && bid === 303.1 && ask === 303.2);
    holds({ sizes: bidSize === 700 && askSize === 900 });
  }],
  ["tick_mid_point", async (tws) => {
    tws.ib.reqTickByTickData(7, stock(), "MidPoint", 0, false);
    await tws.settle();
    await tws.control("quote", { symbol: "AAPL", bid: 304.1, ask: 304.2, last: 304.15 });
    await tws.until("tickByTickMidPoint", (id, time, price) => id === 7 && Math.abs(price - 304.15) < 1e-9);
  }],
  ["real_time_bars", async (tws) => {
    tws.ib.reqRealTimeBars(7, stock(), 5, "TRADES", false);
    const [, time, open, high, low, close] = await tws.until("realtimeBar", (id) => id === 7);
    holds({ time: time % 5 === 0, prices: 10 < low && low <= Math.min(open, close) && Math.max(open, close) <= high });
    await tws.until("realtimeBar", (id, next) => id === 7 && next === time + 5);
    tws.ib.cancelRealTimeBars(7);
  }],
  ["calculate_volatility", async (tws) => {
    tws.ib.calculateImpliedVolatility(7, await option(tws), 15, 235);
    const [, , , iv] = await tws.until("tickOptionComputation", (id, field) => id === 7 && field === 53);
    holds({ iv: iv > 0.01 && iv < 5 });
  }],
  ["calculate_price", async (tws) => {
    tws.ib.calculateOptionPrice(7, await option(tws), 0.5, 235);
    const [, , , iv, , price] = await tws.until("tickOptionComputation", (id, field) => id === 7 && field === 53);
    holds({ iv: iv === 0.5, price: price > 5 && price < 100 });
  }],

  // --- then ---
  ["bars", async (tws) => {
    const [, found] = await bars(tws, "1 hour", "2 D", "TRADES");
    holds({ many: found.length >= 8, dates: sorted(found.map(([date]) => date)) });
    for (const [, open, high, low, close, volume] of found) {
      holds({ prices: low <= Math.min(open, close) && Math.max(open, close) <= high && low > 10, volume: volume > 0 });
    }
    const [, days] = await bars(tws, "1 day", "1 M", "BID_ASK");
    holds({ days: days.length >= 15 && days.length <= 31 });
  }],
  ["keep_up_to_date", async (tws) => {
    const [id, found] = await bars(tws, "5 secs", "600 S", "TRADES", true);
    const last = found.at(-1)[0];
    const [, , open, high, low] = await tws.until("historicalDataUpdate", (reqId, date) => reqId === id && date > last);
    holds({ prices: low <= open && open <= high });
    tws.allow(162);
    tws.ib.cancelHistoricalData(id);
  }],
  ["historical_ticks", async (tws) => {
    for (const [show, event] of [["TRADES", "historicalTicksLast"], ["BID_ASK", "historicalTicksBidAsk"], ["MIDPOINT", "historicalTicks"]]) {
      const id = tws.id();
      tws.ib.reqHistoricalTicks(id, stock(), "20260413 11:00:00 US/Eastern", "", 20, show, 1, false);
      await tws.until(event, (reqId, ticks, done) => reqId === id && done);
      const ticks = tws.all(event, (reqId) => reqId === id).flatMap(([, each]) => each);
      holds({ many: ticks.length >= 20, prices: ticks.every((each) => (show === "BID_ASK" ? each.priceBid <= each.priceAsk : each.price) > 0) });
    }
  }],
  ["head", async (tws) => {
    tws.ib.reqHeadTimestamp(5, stock(), "TRADES", true, 1);
    const [, time] = await tws.until("headTimestamp", (id) => id === 5);
    holds({ time: time.slice(0, 4) < "2020" });
  }],
  ["histogram", async (tws) => {
    tws.ib.reqHistogramData(5, stock(), true, 1, "WEEK");
    const [, items] = await tws.until("histogramData", (id) => id === 5);
    holds({ many: items.length > 3, items: items.every((each) => each.price > 10 && (each.count ?? each.size) > 0) });
  }],
  ["schedule", async (tws) => {
    tws.ib.reqHistoricalData(5, stock(), "20260410 16:00:00 US/Eastern", "4 D", "1 day", "SCHEDULE", 1, 1, false);
    const [, , , zone, sessions] = await tws.until("historicalSchedule", (id) => id === 5);
    holds({ zone: zone === "US/Eastern", many: sessions.length === 4, last: JSON.stringify(sessions.at(-1)).includes("20260410-09:30:00") });
  }, "closed"],
];
Object.assign(module.exports, { AAPL, Absent, chain, option, spread, stock });
