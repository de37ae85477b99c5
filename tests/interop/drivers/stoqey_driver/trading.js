// Orders, what becomes of them, and the accounts.
"use strict";
const { PriceCondition } = require("@stoqey/ib");
const { option, chain, spread, stock } = require("./data.js");
const { holds } = require("./session.js");

const WORKING = ["Submitted", "PreSubmitted"];
const order = (action, totalQuantity, orderType, more = {}) => ({ action, totalQuantity, orderType, transmit: true, ...more });

function place(tws, contract, made) {
  const number = tws.nextOrderId++;
  tws.ib.placeOrder(number, contract, made);
  return number;
}

const status = (tws, number, ...wanted) => tws.until("orderStatus", (id, told) => id === number && wanted.includes(told));
const opened = (tws, number, where = () => true) =>
  tws.until("openOrder", (id, contract, made, state) => id === number && where(made, state, contract));

async function filled(tws, number, quantity) {
  const [, , done, remaining, price, permId] = await status(tws, number, "Filled");
  holds({ done: done === quantity && remaining === 0, price: price > 0, permId: permId > 0 });
  return price;
}

async function resting(tws, symbol = "AAPL", more = {}) {
  const number = place(tws, stock(symbol), order("BUY", 100, "LMT", { lmtPrice: 1, ...more }));
  await status(tws, number, ...WORKING);
  return number;
}

const buy = async (tws, symbol, quantity) => {
  const number = place(tws, stock(symbol), order("BUY", quantity, "MKT"));
  await filled(tws, number, quantity);
  return number;
};
const fill = (tws, number, more) => tws.control("fill", { client_id: tws.clientId, order_id: number, ...more });
const executionsOf = (tws, number) =>
  tws.all("execDetails", (id, contract, execution) => execution.orderId === number && execution.clientId === tws.clientId);

module.exports = [
  ["mkt", async (tws) => {
    const number = await buy(tws, "AAPL", 100);
    const [, contract, made] = await opened(tws, number);
    holds({ type: made.orderType === "MKT", quantity: made.totalQuantity === 100, conId: contract.conId === 265598 });
    const [[, , execution]] = await tws.soon(() => executionsOf(tws, number).length && executionsOf(tws, number), "execDetails");
    holds({ side: execution.side === "BOT", account: execution.acctNumber === "DU1234567" });
    const [report] = await tws.until("commissionReport", (each) => each.execId === execution.execId);
    holds({ commission: report.commission > 0 });
  }],
  ["lmt", async (tws) => {
    const number = await resting(tws, "AAPL", { tif: "GTC", orderRef: "mine" });
    const [, , made] = await opened(tws, number);
    holds({ price: made.lmtPrice === 1, tif: made.tif === "GTC", ref: made.orderRef === "mine", client: made.clientId === tws.clientId });
    await fill(tws, number, { price: 1 });
    holds({ price: (await filled(tws, number, 100)) === 1 });
  }],
  ["stp", async (tws) => {
    const number = place(tws, stock("CSCO"), order("BUY", 10, "STP", { auxPrice: 90 }));
    await status(tws, number, ...WORKING);
    await tws.control("quote", { symbol: "CSCO", bid: 91, ask: 91.02, last: 91.01 });
    await filled(tws, number, 10);
  }],
  ["trail", async (tws) => {
    await buy(tws, "KO", 10);
    await tws.control("quote", { symbol: "KO", bid: 75, ask: 75.02, last: 75.01 });
    const number = place(tws, stock("KO"), order("SELL", 10, "TRAIL", { auxPrice: 8, trailStopPrice: 60 }));
    await status(tws, number, ...WORKING);
    const [, , made] = await opened(tws, number);
    holds({ aux: made.auxPrice === 8, stop: made.trailStopPrice >= 60 });
    await tws.control("quote", { symbol: "KO", bid: 50, ask: 50.02, last: 50.01 });
    await filled(tws, number, 10);
  }],
  ["bracket", async (tws) => {
    const parentId = place(tws, stock("DIS"), order("BUY", 10, "LMT", { lmtPrice: 200, transmit: false }));
    const profit = place(tws, stock("DIS"), order("SELL", 10, "LMT", { lmtPrice: 900, transmit: false, parentId }));
    const loss = place(tws, stock("DIS"), order("SELL", 10, "STP", { auxPrice: 1, parentId }));
    await filled(tws, parentId, 10);
    const told = await status(tws, profit, "Submitted");
    holds({ parent: told[6] === parentId });
    await status(tws, loss, ...WORKING);
    await fill(tws, profit, { price: 900 });
    await filled(tws, profit, 10);
    await status(tws, loss, "Cancelled");
  }],
  ["oca", async (tws) => {
    const group = { ocaGroup: `either ${tws.clientId}`, ocaType: 1 };
    const [first, second] = [await resting(tws, "BAC", group), await resting(tws, "BAC", group)];
    await fill(tws, first, { price: 1 });
    await filled(tws, first, 100);
    await status(tws, second, "Cancelled");
  }],
  ["conditions", async (tws) => {
    const conditions = [new PriceCondition(700, 0, 272093, "SMART", true, "a")];
    const number = place(tws, stock("WMT"), order("BUY", 10, "MKT", { conditions, conditionsIgnoreRth: true }));
    await status(tws, number, ...WORKING);
    const [, , made] = await opened(tws, number);
    const [told] = made.conditions;
    holds({ price: told.price === 700, conId: told.conId === 272093, isMore: told.isMore });
    await tws.control("quote", { symbol: "MSFT", bid: 710, ask: 710.02, last: 710.01 });
    await filled(tws, number, 10);
  }],
  ["what_if", async (tws) => {
    const number = place(tws, stock(), order("BUY", 100, "MKT", { whatIf: true }));
    const [, , made, state] = await opened(tws, number);
    holds({ whatIf: made.whatIf, margin: state.initMarginChange > 0, equity: state.equityWithLoanAfter > 0 });
    holds({ commission: state.commission > 0 || state.minCommission > 0 });
  }],
  ["modify", async (tws) => {
    const number = await resting(tws);
    tws.ib.placeOrder(number, stock(), order("BUY", 60, "LMT", { lmtPrice: 2 }));
    await opened(tws, number, (made) => made.lmtPrice === 2 && made.totalQuantity === 60);
    await tws.until("orderStatus", (id, told, done, remaining) => id === number && remaining === 60);
  }],
  ["cancel", async (tws) => {
    const number = await resting(tws);
    tws.ib.cancelOrder(number);
    await status(tws, number, "Cancelled");
    await tws.until("error", (message, code, id) => code === 202 && id === number);
    tws.allow(10147);
    tws.ib.cancelOrder(777_777);
    await tws.until("error", (message, code) => code === 10147);
  }],
  ["global_cancel", async (tws) => {
    const numbers = [await resting(tws), await resting(tws, "IBM")];
    tws.ib.reqGlobalCancel({});
    for (const number of numbers) await status(tws, number, "Cancelled");
  }],
  ["partial", async (tws) => {
    const number = await resting(tws);
    await fill(tws, number, { price: 1, quantity: 40 });
    await tws.until("orderStatus", (id, told, done, left) => id === number && told === "Submitted" && done === 40 && left === 60);
    await fill(tws, number, { price: 1.02 });
    holds({ average: Math.abs((await filled(tws, number, 100)) - 1.012) < 1e-9 });
    await tws.soon(() => executionsOf(tws, number).length === 2, "two executions");
    holds({ shares: executionsOf(tws, number).map(([, , each]) => each.shares).join() === "40,60" });
  }],
  ["reject", async (tws) => {
    tws.allow(201);
    const number = place(tws, stock(), order("BUY", 1_000_000, "LMT", { lmtPrice: 100 }));
    const [message] = await tws.until("error", (text, code, id) => code === 201 && id === number);
    holds({ message: message.includes("Order rejected - reason:") });
    await status(tws, number, "Inactive");
  }],
  ["combo_order", async (tws) => {
    const wanted = await spread(tws);
    const number = place(tws, wanted, order("BUY", 2, "MKT"));
    await filled(tws, number, 2);
    const [, contract] = await opened(tws, number);
    holds({ legs: contract.comboLegs.map((leg) => leg.action).join() === "BUY,SELL" });
    const legs = () => executionsOf(tws, number).filter(([, each]) => each.secType === "OPT");
    await tws.soon(() => legs().length >= 2, "executions of the legs");
    const sides = Object.fromEntries(legs().map(([, each, execution]) => [each.conId, execution.side]));
    holds({ sides: wanted.comboLegs.every((leg) => sides[leg.conId] === { BUY: "BOT", SELL: "SLD" }[leg.action]) });
  }],
  ["executions", async (tws) => {
    const number = await buy(tws, "JPM", 7);
    tws.ib.reqExecutions(55, { symbol: "JPM", clientId: String(tws.clientId) });
    await tws.until("execDetailsEnd", (id) => id === 55);
    const found = tws.all("execDetails", (id) => id === 55).map(([, , each]) => each).filter((each) => each.orderId === number);
    holds({ shares: found.reduce((sum, each) => sum + each.shares, 0) === 7, time: found[0].time.startsWith("2026") });
    for (const each of found) {
      const [report] = await tws.until("commissionReport", (one) => one.execId === each.execId);
      holds({ commission: report.commission > 0, currency: report.currency === "USD" });
    }
  }],
  ["completed", async (tws) => {
    const number = await resting(tws, "GS", { orderRef: "to be cancelled" });
    tws.ib.cancelOrder(number);
    await status(tws, number, "Cancelled");
    await filled(tws, place(tws, stock("GS"), order("BUY", 3, "MKT", { orderRef: "to be filled" })), 3);
    tws.ib.reqCompletedOrders(false);
    await tws.until("completedOrdersEnd");
    const found = Object.fromEntries(tws.all("completedOrder", (each) => each.symbol === "GS").map((row) => [row[1].orderRef, row]));
    const [, gone, goneState] = found["to be cancelled"];
    const [, done, doneState] = found["to be filled"];
    holds({ gone: goneState.status === "Cancelled" && gone.lmtPrice === 1, done: doneState.status === "Filled" && done.filledQuantity === 3 });
  }],
  ["all_open_orders", async (tws) => {
    const other = await tws.second(90);
    try {
      const number = await resting(other, "F");
      tws.ib.reqAllOpenOrders();
      await tws.until("openOrderEnd");
      const [row] = tws.all("openOrder", (id, contract, made) => made.clientId === 90);
      holds({ id: row[0] === number, symbol: row[1].symbol === "F" });
      other.ib.cancelOrder(number);
      await status(other, number, "Cancelled");
    } finally {
      await other.disconnect();
    }
  }],
  ["binding", async (tws) => {
    const first = await tws.second(0);
    try {
      first.ib.reqAutoOpenOrders(true);
      await first.settle();
      await first.control("manual_order", { symbol: "XOM", action: "BUY", quantity: 5, order_type: "LMT", price: 1 });
      const [number, , made] = await first.until("openOrder", (id, contract) => contract.symbol === "XOM" && id !== 0);
      const bound = await first.until("orderBound");
      holds({ price: made.lmtPrice === 1, bound: bound.map(Number).includes(number) });
      first.ib.cancelOrder(number);
      await status(first, number, "Cancelled");
    } finally {
      await first.disconnect();
    }
  }],
  ["exercise", async (tws) => {
    const [, , , , , strikes] = (await chain(tws, "INTC", 270639)).find(([exchange]) => exchange === "SMART");
    const strike = strikes.reduce((best, each) => (Math.abs(each - 20) < Math.abs(best - 20) ? each : best));
    const wanted = await option(tws, "INTC", 270639, strike);
    await filled(tws, place(tws, wanted, order("BUY", 2, "MKT")), 2);
    tws.ib.exerciseOptions(60, wanted, 1, 2, "DU1234567", 0);
    tws.ib.reqPositions();
    await tws.until("position", (account, contract, position) => contract.conId === 270639 && position >= 200);
  }],

  // --- accounts ---
  ["positions", async (tws) => {
    await buy(tws, "V", 10);
    tws.ib.reqPositions();
    await tws.until("positionEnd");
    const [[account, contract, position, cost]] = tws.all("position", (code, each) => each.symbol === "V");
    holds({ account: account === "DU1234567", conId: contract.conId === 49462172, position: position >= 10, cost: cost > 10 });
  }],
  ["portfolio", async (tws) => {
    await buy(tws, "V", 10);
    tws.ib.reqAccountUpdates(true, "DU1234567");
    await tws.until("accountDownloadEnd");
    const [, position, price, value, cost, gain] = tws.all("updatePortfolio", (each) => each.symbol === "V").at(-1);
    holds({ position: position >= 10, value: Math.abs(value - position * price) < 0.1, gain: Math.abs(gain - (price - cost) * position) < 0.1 });
    await tws.until("updateAccountValue", (key, text, currency) => key === "NetLiquidation" && currency === "USD" && Number(text) > 100_000);
    tws.ib.reqAccountUpdates(false, "DU1234567");
  }],
  ["account_summary", async (tws) => {
    tws.ib.reqAccountSummary(5, "All", "NetLiquidation,TotalCashValue,BuyingPower,AccountType");
    await tws.until("accountSummaryEnd");
    const told = Object.fromEntries(tws.all("accountSummary").map(([, account, tag, value]) => [tag, [account, value]]));
    holds({ tags: Object.keys(told).length === 4, value: Number(told.NetLiquidation[1]) > 100_000, account: told.AccountType[0] === "DU1234567" });
    tws.ib.cancelAccountSummary(5);
  }],
  ["pnl", async (tws) => {
    await buy(tws, "V", 10);
    tws.ib.reqPnL(5, "DU1234567", "");
    const [, daily, unrealized, realized] = await tws.until("pnl", (id) => id === 5);
    holds({ numbers: [daily, unrealized, realized].every((each) => Math.abs(each) < 1e8), some: daily || unrealized || realized });
    tws.ib.cancelPnL(5);
  }],
  ["pnl_single", async (tws) => {
    await buy(tws, "V", 10);
    tws.ib.reqPnLSingle(5, "DU1234567", "", 49462172);
    const [, position, , , , value] = await tws.until("pnlSingle", (id) => id === 5);
    holds({ position: position >= 10, value: value > 100 });
    tws.ib.cancelPnLSingle(5);
  }],
  ["multi", async (tws) => {
    const [accounts] = await tws.until("managedAccounts");
    holds({ accounts: accounts.startsWith("DF100,DU101,DU102") });
    await filled(tws, place(tws, stock("V"), order("BUY", 10, "MKT", { account: "DU101" })), 10);
    tws.ib.reqPositionsMulti(5, "DU101", "");
    await tws.until("positionMultiEnd");
    const [[, account, , , position]] = tws.all("positionMulti", (id, code, model, contract) => contract.symbol === "V");
    holds({ account: account === "DU101", position: position >= 10 });
    tws.ib.reqAccountUpdatesMulti(6, "DU102", "", false);
    await tws.until("accountUpdateMultiEnd");
    await tws.until("accountUpdateMulti", (id, code, model, key, value) => code === "DU102" && key === "NetLiquidation" && Number(value) > 1000);
  }, "advisor"],
  ["fa_groups", async (tws) => {
    const rows = ["DU101", "DU102"].map((each) => `<Account><acct>${each}</acct></Account>`).join("");
    tws.ib.replaceFA(5, 1, '<?xml version="1.0" encoding="UTF-8"?><ListOfGroups><Group><name>both</name><defaultMethod>Equal</defaultMethod>' +
      `<ListOfAccts varName="list">${rows}</ListOfAccts></Group></ListOfGroups>`);
    await tws.until("replaceFAEnd");
    tws.ib.requestFA(1);
    const [kind, xml] = await tws.until("receiveFA");
    holds({ kind: kind === 1, name: xml.includes("<name>both</name>"), accounts: xml.includes("<acct>DU102</acct>") });
    await filled(tws, place(tws, stock("IBM"), order("BUY", 40, "MKT", { faGroup: "both" })), 40);
    tws.ib.reqPositions();
    await tws.until("positionEnd");
    const held = tws.all("position", (code, contract, position) => contract.symbol === "IBM" && position === 20).map(([code]) => code);
    holds({ held: [...new Set(held)].sort().join() === "DU101,DU102" });
  }, "advisor"],
  ["family_codes", async (tws) => {
    tws.ib.reqFamilyCodes();
    const [codes] = await tws.until("familyCodes");
    holds({ account: codes[0].accountID === "DU1234567" });
  }],
  ["user_info", async (tws) => {
    tws.ib.reqUserInfo(5);
    const told = await tws.until("userInfo");
    holds({ brand: told.at(-1) === "" });
  }],
  ["soft_dollar_tiers", async (tws) => {
    tws.ib.reqSoftDollarTiers(5);
    const [, tiers] = await tws.until("softDollarTiers", (id) => id === 5);
    holds({ tiers: tiers.length === 0 });
  }],
];
Object.assign(module.exports, { resting, status });
