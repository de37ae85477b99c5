// Scanners, news, companies, and TWS itself.
"use strict";
const { ScanCode } = require("@stoqey/ib");
const { AAPL, stock } = require("./data.js");
const { holds } = require("./session.js");
const { resting, status } = require("./trading.js");

async function headlines(tws) {
  tws.ib.reqHistoricalNews(5, AAPL, "BRFG+DJNL+BZ", "", "", 5);
  await tws.until("historicalNewsEnd", (id) => id === 5);
  return tws.all("historicalNews", (id) => id === 5).map(([, ...row]) => row);
}

module.exports = [
  ["scanner", async (tws) => {
    tws.ib.reqScannerSubscription(5, { instrument: "STK", locationCode: "STK.US.MAJOR", scanCode: ScanCode.TOP_PERC_GAIN, numberOfRows: 10 });
    await tws.until("scannerDataEnd", (id) => id === 5);
    const rows = tws.all("scannerData", (id) => id === 5).slice(0, 10);
    holds({ many: rows.length >= 5, ranks: rows.every(([, rank], n) => rank === n), conIds: rows.every(([, , each]) => each.contract.conId) });
    tws.allow(162);
    tws.ib.cancelScannerSubscription(5);
  }],
  ["scanner_parameters", async (tws) => {
    tws.ib.reqScannerParameters();
    const [xml] = await tws.until("scannerParameters");
    holds({ codes: xml.includes("<scanCode>TOP_PERC_GAIN</scanCode>"), lines: xml.includes("\n") });
  }],
  ["news_providers", async (tws) => {
    tws.ib.reqNewsProviders();
    const [found] = await tws.until("newsProviders");
    const codes = found.map((each) => each.providerCode ?? each.code);
    holds({ codes: codes.includes("BRFG") && codes.includes("DJNL") });
  }],
  ["news_history", async (tws) => {
    const found = await headlines(tws);
    holds({ many: found.length === 5, ids: found.every(([, provider, id, headline]) => headline && id.startsWith(`${provider}$`)) });
  }],
  ["news_article", async (tws) => {
    const [[, provider, article]] = await headlines(tws);
    tws.ib.reqNewsArticle(6, provider, article);
    const [, , text] = await tws.until("newsArticle", (id) => id === 6);
    holds({ text: text.length > 100 });
  }],
  ["news_ticks", async (tws) => {
    tws.ib.reqMktData(5, stock(), "mdoff,292:BRFG", false, false);
    await tws.settle();
    const made = await tws.control("news", { symbol: "AAPL", headline: "Apple does something", provider: "BRFG" });
    const [, , provider, , headline] = await tws.until("tickNews", (id, time, code, article) => id === 5 && article === made);
    holds({ provider: provider === "BRFG", headline: headline.endsWith("Apple does something") });
  }],
  ["bulletins", async (tws) => {
    tws.ib.reqNewsBulletins(true);
    await tws.settle();
    await tws.control("bulletin", { text: "The exchange opens late", exchange: "NYSE", kind: 2 });
    const [, kind, , exchange] = await tws.until("updateNewsBulletin", (id, type, text) => text === "The exchange opens late");
    holds({ kind: kind === 2, exchange: exchange === "NYSE" });
    tws.ib.cancelNewsBulletins();
  }],
  ["fundamentals", async (tws) => {
    tws.ib.reqFundamentalData(5, stock(), "ReportSnapshot");
    const [, xml] = await tws.until("fundamentalData", (id) => id === 5);
    holds({ report: xml.includes("<ReportSnapshot") && xml.length > 1000 });
  }],
  ["wsh", async (tws) => {
    tws.ib.reqWshMetaData(5);
    holds({ meta: JSON.parse((await tws.until("wshMetaData"))[1]) });
    tws.ib.reqWshEventData(6, AAPL);
    holds({ events: JSON.parse((await tws.until("wshEventData"))[1]) });
  }],
  ["display_groups", async (tws) => {
    tws.ib.queryDisplayGroups(5);
    const [, groups] = await tws.until("displayGroupList");
    tws.ib.subscribeToGroupEvents(6, 1);
    await tws.until("displayGroupUpdated");
    tws.ib.updateDisplayGroup(6, "272093@SMART");
    await tws.until("displayGroupUpdated", (id, contract) => contract === "272093@SMART");
    holds({ groups: groups.startsWith("1|") });
  }],
  ["current_time", async (tws) => {
    tws.ib.reqCurrentTime();
    const [seconds] = await tws.until("currentTime");
    holds({ time: Math.abs(seconds - (await tws.control("state")).clock.now) < 600 });
  }],
  ["farms", async (tws) => {
    for (const code of [2104, 2106, 2158]) await tws.until("info", (text, told) => told === code);
    await tws.control("farm", { name: "usfarm", state: "broken" });
    await tws.until("info", (text, code) => code === 2103 && text.includes("usfarm"));
    await tws.control("farm", { name: "usfarm", state: "ok" });
    await tws.soon(() => tws.all("info", (text, code) => code === 2104 && text.includes("usfarm")).length > 1, "the farm's return");
    await tws.control("connectivity", { up: false });
    await tws.until("info", (text, code) => code === 1100);
    await tws.control("connectivity", { up: true });
    await tws.until("info", (text, code) => code === 1102);
  }],
  ["restart", async (tws) => {
    const number = await resting(tws, "AAPL", { tif: "GTC" });
    await tws.control("restart", { seconds: 4 });
    await tws.until("disconnected");
    await tws.soon(async () => !(await tws.control("state")).restarting, "the end of the restart");
    const again = await tws.second(tws.clientId);
    try {
      again.ib.reqOpenOrders();
      const [, , made] = await again.until("openOrder", (id) => id === number);
      holds({ price: made.lmtPrice === 1, tif: made.tif === "GTC", ids: again.nextOrderId > number });
      again.ib.cancelOrder(number);
      await status(again, number, "Cancelled");
    } finally {
      await again.disconnect();
    }
  }],
];
