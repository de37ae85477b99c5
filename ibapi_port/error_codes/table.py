"""Every code, what it does, why it comes and what helps, as one text.

"== KIND" begins a group. A line is "CODE EFFECT | cause | cure". A line "~ words / words | EFFECT |
cause | cure" below it is another meaning of the code above, where TWS's text has one of the words
(in whatever case). EFFECT is one of request, order, change, connection, warning, notice, client;
`ibapi_port.error_codes` says what they mean.
"""

TABLE = r"""
== connection
326 connection | Another program is connected with the same client id, or TWS has not noticed yet that its last connection ended. | Connect with another client id, or end the other program; after a lost connection wait a minute and try again.
501 client | The program called connect() while it was connected. | Call disconnect() first, or go on with the connection that there is.
502 connection | The client got no connection to TWS: nothing answered, or what answered is no TWS. | Start TWS or IB Gateway, log in, switch on the socket clients in its API settings and compare the port. "python -m ibapi_port doctor" looks for the reason.
~ refused by | connection | Nothing listens on this port. | Start TWS or IB Gateway and log in; compare the port with the one in its API settings (7496 and 7497 for TWS, 4001 and 4002 for IB Gateway).
~ but silent | connection | The port took the connection, but nothing was said: a dialog of TWS waits for a person, TWS hangs, or another program has the port. | Look at the window of TWS and answer its dialog; restart TWS if it does not react.
~ closed at once | connection | TWS ended the connection before it began: the API is off, this computer is not trusted, or there are too many clients. | Switch on the socket clients in TWS's API settings, add the address of this computer to the trusted ones, and end clients that are not needed.
~ no tws at | connection | Another program than TWS has this port. | Compare the port with the one in TWS's API settings.
~ not reached | connection | The computer of TWS cannot be reached, or its name is not known. | Check host and port, the network and the firewall between the two.
~ redirected | connection | TWS wants the client to connect to another host. | Connect to the host that the text names.
503 connection | TWS is older than what the client or this request needs. | Update TWS, or leave out what it does not know; the text names it.
~ does not support / not supported | request | This request, or an argument of it, needs a newer TWS. | Update TWS, or leave out the argument that the text names.
504 client | The request was made without a connection, or the connection did not take it. | Connect first and wait for nextValidId; when a connection was lost, connect anew and look at the open orders before anything is sent again.
~ startapi | client | The request was made before the client had introduced itself to TWS. | Wait for nextValidId before the first request.
505 client | TWS sent a message of a kind that the client does not know. | Update the client; the connection goes on without this message.
506 connection | The client and TWS have no protocol version in common. | Update the older of the two.
507 connection | The connection to TWS has ended, or what came was no message of the protocol. | Connect again; if it comes at once after connecting, the client id may be in use or this computer not trusted. Check open orders and executions after it.
508 client | A message of TWS does not fit its declaration and was not delivered. | Update the client; if that does not help, report the text of the error with the version of TWS.
509 connection | The system reported an error while the client read from TWS. | Connect again, and look at the network if it comes often.
520 connection | The system gave the client no socket. | Look whether the program has too many open files or connections.
1100 connection | TWS has lost its connection to IB's servers. The connection of the program to TWS goes on. | Wait for 1101 or 1102; TWS connects again by itself. Check the network when it lasts, and outside IB's reset windows look at IB's system status page.
1101 connection | TWS is connected to IB again, and all subscriptions of market data are gone. | Request the market data again, and ask for open orders and executions.
1102 connection | TWS is connected to IB again, and subscriptions go on. | Nothing is needed for the data; ask for executions of the time without a connection.
1300 connection | The port of TWS was changed in its settings, and the connection is about to end. | Connect to the new port, which the text names.
2110 notice | TWS is without its servers at the moment and tries to connect by itself. | Wait for 1101 or 1102, and check the network when it lasts.
100 request | The program sent more messages in a second than TWS takes (50 without further market data lines). | Spread the requests; TWS may end the connection when it happens again.
357 connection | The client program speaks a protocol that is too old for TWS. | Update the client library.
438 connection | Somebody has locked TWS's window. | Unlock TWS in its window.
10141 connection | The paper account waits until somebody has read and accepted the disclaimer for paper trading. | Log in to TWS or IB Gateway by hand once and accept it.
== farms and notices
2100 notice | Another program or another request has taken the updates of account values. | Use reqAccountSummary or reqPositions where several programs need them, or subscribe again.
2101 request | The account updates are taken by another client for another account. | Use reqAccountUpdatesMulti or reqAccountSummary, which allow several.
2102 warning | The order is still on its way to the exchange, so that this change was not taken. | Wait for the next orderStatus, then change it again.
2103 notice | TWS has no connection to one of IB's servers for market data. | TWS connects again by itself; nothing is needed unless it lasts. Do not end the connection for it.
2104 notice | TWS reached a server for market data. | Nothing is needed.
2105 notice | TWS has no connection to one of IB's servers for historical data. | Repeat requests for history after 2106 has come.
2106 notice | TWS reached a server for historical data. | Nothing is needed.
2107 notice | TWS has closed its idle connection to a server for historical data. | Nothing is needed; the next request for history opens it.
2108 notice | TWS has closed its idle connection to a server for market data. | Nothing is needed; the next request for data opens it.
2109 warning | The order type or the exchange knows no trading outside regular hours, and TWS placed the order without it. | Leave outsideRth as it is by default for such orders.
2119 notice | TWS is opening a connection to a server for market data. | Wait for 2104.
2129 notice | The prices of this product are only indicative. | Use another source when firm prices are needed.
2137 warning | The order would stand on the opposite side of a position or of another order. | Check that side and quantity are meant so; the order goes on.
2148 warning | TWS wants to point out something about the order, which goes on. | Read the text, and change the order if it was not meant so.
2150 warning | TWS could not compute a value of a position from its trades. | Compare the position with the account statement.
2152 warning | The account has no depth of market for some of the exchanges, and the book is made of the others. | Subscribe to depth for the exchanges that the text names, or request one exchange directly.
2157 notice | TWS has no connection to IB's server for contract definitions. | Repeat requests for contracts after 2158 has come.
2158 notice | TWS reached the server for contract definitions. | Nothing is needed.
2161 warning | IB put a cap on the price of the order, to keep it near the market. | Set a price closer to the market if the order is to be filled as it is; the order goes on.
2168 warning | TWS no longer knows the attribute eTradeOnly and has placed the order without it. | Set eTradeOnly to False.
2169 warning | TWS no longer knows the attribute firmQuoteOnly and has placed the order without it. | Set firmQuoteOnly to False.
2174 warning | A date and time was given without a time zone, and TWS took its own. | Write the zone behind the time, as in "20261129 15:00:00 US/Eastern", or use UTC in the form "20261129-15:00:00".
2176 warning | This client does not ask for fractions of shares, and TWS has cut off fractions of sizes. | Use a client of server version 163 or later.
== market data
101 request | All market data lines of the login are in use (100 without boosters), in TWS's windows and by all clients together. | Cancel subscriptions that are not needed, use snapshots, or buy more lines.
102 request | A running request has this id already. | Use a new id for each request, or cancel the other one first.
138 request | TWS could not read this request for market data. | Check the fields of the contract, and compare the version of the client with that of TWS.
142 request | The account is an institutional one for which TWS gives no account data. | Ask for another account.
300 request | No running request has this id: it was cancelled, it ended, or it never began. | Nothing is needed if it was cancelled twice; otherwise compare the ids.
301 request | TWS does not know what to do with this request for market data. | Check the client's version.
302 request | TWS could not read the list of tickers that should be stopped. | Cancel the tickers one by one.
309 request | The limit of books of depth (3 without further market data lines) is reached. | Cancel a book before the next one is requested.
310 request | No running request for depth has this id. | Nothing is needed if it was cancelled twice; otherwise compare the ids.
316 request | The depth of market has stopped at IB's side. | Empty the book and request it anew.
317 warning | The book is sent anew from its beginning. | Empty your copy of the book; rows follow by themselves.
354 request | The account has no subscription for these market data, and delayed data were not asked for. | Subscribe in Client Portal under market data subscriptions (and sign the agreement for the API), or call reqMarketDataType(3) for delayed data.
~ delayed market data is available | request | The account has no subscription for live data here, but delayed data can be had. | Call reqMarketDataType(3) before the request for delayed data, or subscribe in Client Portal.
407 request | The symbol has characters beyond plain ASCII. | Use IB's symbol for the instrument, which reqMatchingSymbols finds.
413 order | An order that only asks for its margin was to be kept in TWS. | Set transmit to True together with whatIf.
414 request | A snapshot cannot have generic ticks. | Leave genericTickList empty for a snapshot, or request a stream.
415 request | An earlier request for a quote is still open. | Wait until it has ended.
416 request | No quote can be requested for this contract. | Place an order without a request for a quote.
420 request | TWS did not take the request for real-time bars or tick-by-tick data. | Read the reason in the text.
~ pacing | request | Too many requests for real-time bars or ticks came in a short time. | Wait; at most 60 new ones in ten minutes are taken, and none twice within 15 seconds.
~ permission / subscri | request | The account has no subscription for these live data. | Subscribe to the exchange's data in Client Portal; delayed data do not come as real-time bars.
430 request | IB has no fundamental data for this contract, or the account has no subscription for them. | Check the report type and the subscription; only stocks have such data.
10089 request | These data cost an additional subscription when they go to the API. Delayed data can be had. | Call reqMarketDataType(3) for delayed data, or add the subscription in Client Portal.
10090 warning | The account gets only a part of what was asked for, as a subscription is missing for the rest. | Use what comes, or subscribe to the exchange that the text names.
10091 warning | A part of the data needs an additional subscription to go to the API. | Use what comes, or add the subscription in Client Portal.
10092 request | There is no depth of market for this contract on this exchange. | Ask reqMktDepthExchanges which exchanges have it, or set isSmartDepth to True for SMART.
10094 request | A provider of news that the request names is not subscribed, or not switched on for the API. | Leave it out, or switch it on in the API settings for news; reqNewsProviders tells which there are.
10167 warning | The account has no subscription for live data, so delayed data come instead. | Nothing is needed if delayed data will do; else subscribe in Client Portal.
10168 request | Live data need a subscription here, and no delayed data come in their place. | Call reqMarketDataType(3) and request again; if that was done, subscribe in Client Portal.
10182 request | The bars that were kept up to date have stopped, as TWS lost its server for historical data. | Request these bars again; other requests go on.
10186 request | Live data need a subscription here, and no delayed data come in their place. | Call reqMarketDataType(3) and request again; if that was done, subscribe in Client Portal.
10187 request | TWS could not get the historical ticks. | Read the text; check the time, the zone and the permission, and ask again later.
~ permission | request | The account has no subscription for the data of these ticks. | Subscribe to the exchange's data in Client Portal.
10189 request | TWS did not take the request for tick-by-tick data. | Read the reason in the text; live permission and a free place are needed, and delayed data do not come so.
10188 request | TWS could not make the histogram: there are no data of this contract, or no permission for them. | Ask for another period, or check the subscription.
10190 request | All places for tick-by-tick data are taken; their number follows from the market data lines. | Cancel one before the next, or use reqMktData.
10197 request | Another session of the same user gets the live data: data go to one session at a time. | End the other session (TWS, IBKR Mobile, Client Portal), or use another user name for the API.
~ paper / live session | request | The live session of the user takes the data that this paper session shares with it. | Log out of the live session, on all devices, or let the live user share its data and log in from the same computer.
10225 request | Trades were withdrawn by the exchange, and the real-time bars have stopped. | Request the real-time bars anew at once.
10285 request | The client is too old for this product: its sizes are fractions. | Use a client of server version 163 or later.
== history
162 request | The server for historical data has refused the request or could not answer it. | Read the text behind the code; check duration, bar size, whatToShow and the permission.
~ no data | request | There are no data for this contract in the time that was asked for. | Ask for another time or another whatToShow; take it as an empty answer.
~ pacing violation / pacing | request | Too many requests for history came in a short time. | Wait; send at most 60 in ten minutes, and not the same one within 15 seconds.
~ query cancelled / query canceled / api historical data query cancelled | request | The program cancelled this request itself. | Nothing is needed.
~ different ip address | request | The user is logged in from another address, and data go to one session at a time. | End the other session, or use another user name for the API.
~ permission / not subscribed | request | The account has no subscription for the data of this exchange. | Subscribe in Client Portal, or ask for another exchange or for delayed data.
~ no head time stamp | request | IB does not know how far back the data of this contract go. | Ask for another whatToShow, or for bars directly.
~ invalid step / time length / too long / duration | request | Duration and bar size do not fit together, or the duration is too long. | Ask for a shorter time or longer bars; seconds go back six months.
~ bid/ask / no historical market data for | request | There are no such data for this kind of contract. | Use MIDPOINT for forex, TRADES for stocks, and AGGTRADES for crypto.
165 warning | The server for historical data tells how the request goes on. | Nothing is needed; an error follows if it fails.
166 request | The contract has expired, and history of such contracts is limited. | Set includeExpired for futures (two years back); expired options have no history.
366 request | No request for history with this id is running: it was answered or cancelled. | Nothing is needed after an answer; otherwise compare the ids.
386 request | A request for history with this id is still running. | Use a new id for each request.
431 request | whatToShow is missing or is none that TWS knows. | Use one such as TRADES, MIDPOINT, BID, ASK or SCHEDULE.
10299 request | Trades of crypto come under another name. | Use AGGTRADES as whatToShow.
10339 request | History of a continuous future always ends now. | Leave endDateTime empty.
10314 request | TWS could not read the end of the time that was asked for. | Write "20261129 15:00:00 US/Eastern", or "20261129-15:00:00" for UTC.
== contracts
200 request | TWS knows no contract that fits this description. | Check symbol, secType, exchange and currency, and for derivatives the date, strike and multiplier; reqMatchingSymbols and reqContractDetails find them.
~ ambiguous | request | Several contracts fit this description. | Say more: primaryExchange for a stock, the exchange, currency or tradingClass; or use the conId that reqContractDetails gives.
~ exchange / destination | request | The contract is not traded on this exchange. | Use SMART or an exchange that validExchanges of reqContractDetails lists.
~ conid | request | There is no contract with this conId. | Ask reqContractDetails for it by symbol; a conId of an expired contract is gone.
203 order | The account may not trade this instrument, for lack of a permission or by a rule for its country. | Look at the trading permissions in Client Portal, and ask IB's support if they are there.
321 request | TWS, or the client, has found a value of the request invalid. | Read the text: it names the field or the reason.
~ read-only / read only | request | The API of TWS is set to read only, so that orders and changes are refused. | Switch off "Read-Only API" in TWS's API settings if the program is to trade.
~ invalid account / account code | request | The account that was named is not one of this login. | Use an account that managedAccounts has listed.
~ exchange | request | The exchange is missing or does not fit this kind of contract. | Set exchange, SMART for most stocks and options.
~ security type | request | The kind of instrument is missing or unknown. | Set secType, for example STK, OPT, FUT or CASH.
~ error validating request: placeorder / error validating request: req | request | The client could not write a value of this request; nothing was sent. | Mend the field that the text names.
~ what to show / whattoshow | request | whatToShow is missing or none that fits. | Use one such as TRADES, MIDPOINT, BID or ASK.
322 request | TWS failed while it worked on the request. | Read the text; wait and ask again.
~ duplicate | request | A running request has this id already. | Use a new id for each request, or cancel the other one first.
~ maximum number of account summary | request | Two requests for the account summary are open, which is the limit. | Cancel one with cancelAccountSummary, or keep one open for all.
320 request | TWS could not read the request: what came does not fit its version. | Look at the fields that were set last; compare the versions of the client and of TWS.
323 request | TWS had an error of its own. | Ask again, and restart TWS if it comes often.
406 request | The contract cannot have this currency. | Set the currency in which the instrument is traded.
412 request | The contract exists, but cannot be traded at IB. | Choose another contract.
392 order | The contract of this order has expired. | Choose one with a later date.
10016 request | The contract is hidden from this user. | Ask IB's support which permission is missing.
10017 request | Some contracts are hidden from this user. | Ask IB's support which permission is missing.
10254 order | The bond of this order has been paid back. | Choose another bond.
123 request | TWS has no data for this conId. | Ask reqContractDetails for the right one.
124 request | There is no table of price steps for this contract. | Use minTick of its contract details.
147 order | The contract of a condition is not complete. | Give conId and exchange in each condition.
398 order | This contract cannot be watched by a condition. | Use another contract in the condition.
402 order | Orders for this contract cannot have conditions. | Place the order without conditions, and watch the price in the program.
== scanners
365 request | No running scan has this id. | Nothing is needed if it was cancelled twice; otherwise compare the ids.
385 request | A running scan has this id. | Use a new id for each scan.
307 request | TWS does not know the topic of a DDE request. | DDE only: correct the link.
== orders: ids and states
103 order | An order with this id was placed before, in this or an earlier session. | Use the id that nextValidId gives and count up from there; ids are never used again.
104 change | The order is filled or cancelled, so nothing of it can be changed. | Place a new order.
105 change | The change names another contract, side or account than the order has. | Change only price, quantity and the like; cancel the order and place a new one for the rest.
462 change | The time in force of an order under way cannot become this one. | Cancel the order and place a new one.
106 order | TWS could not send this order to IB. | Look at the order in TWS's window for the reason.
107 order | A field that the order needs is missing. | Fill in action, totalQuantity, orderType and the prices of that type.
116 order | The exchange has no connection at the moment, or no longer takes orders. | Route to SMART or another exchange.
122 request | TWS finds no open question for this answer. | Compare the ids.
133 order | The order was not sent. | Read the text of the error that came with it; look at the order in TWS's window.
134 change | The change was not made; the order stands as it was. | Wait for the next orderStatus and try again, or cancel the order.
~ guard | change | A guard of the program refused the change, and nothing was sent. | Look at the guard, the limit and the value that the text names; the order stands as it was.
135 change | TWS has no open order with this id of this client. | Compare the id; orders of another client are seen by client id 0 or by their own client.
136 change | In the state that the order has, a cancel is no longer possible. | Look at its last orderStatus; it may be filled or cancelled already.
139 order | TWS could not read a value of the order. | Mend the field that the text names.
143 request | An id is no whole number. | Use whole numbers.
145 order | TWS found an entry of the order invalid. | Mend the field that the text names.
161 change | The order is filled, cancelled or being cancelled, so that this cancel came too late. | Look at its last orderStatus; nothing more is needed.
201 order | IB or the exchange has rejected the order. | Read the reason in the text.
~ guard | order | A guard of the program refused the order, and nothing was sent. | Look at the guard, the limit and the value that the text names.
~ margin / insufficient / available funds / exceeds your / not sufficient / cash needed | order | The account has not enough money or margin for the order. | Lower the quantity, free funds, or ask with whatIf what the order would need.
~ no trading permission / trading permissions / not allowed / permission | order | The account has no permission for this kind of instrument. | Ask for the permission in Client Portal; it takes effect a day later.
~ price variation / minimum tick / tick size | order | The price is no whole number of price steps. | Round the price to minTick, or to the table of reqMarketRule.
~ short / locate / not available for short | order | No shares can be borrowed for this short sale, or the account may not sell short. | Look at the shortable shares (generic tick 236), or choose another stock.
~ day trad / pattern day | order | The rule for day traders with less than 25,000 dollars blocks the order. | Wait for the days to pass, or bring the equity above the limit.
~ duplicate | order | The same order came twice in a short time. | Look whether the first one works before another is sent.
~ closed / trading hours / market is not open | order | The exchange is closed and takes no such order now. | Place it in the trading hours, or with a tif or an order type that waits.
~ working orders / maximum of / 15 orders | order | Too many orders of one side work on this contract at once (15 is the limit). | Cancel or join some of them.
~ opening transaction / position / closing | order | The order would open a position where only closing is allowed. | Check the side and the position; the contract may be about to expire.
~ oca | order | The one-cancels-all group does not take this order. | Place all orders of the group new, before one of them fills.
202 order | The order was cancelled: by the program itself, in TWS, by IB or by the exchange. | Nothing is needed if you cancelled it; else read the reason in the text.
~ price / cap / percentage / aggressive | order | The order was cancelled for its price, which is too far from the market. | Set a price nearer to the last quote.
~ margin / liquidat / funds | order | IB cancelled the order as the margin no longer covered it. | Lower the quantity or free funds.
329 change | An order cannot become one of this type. | Cancel the order and place a new one.
399 warning | TWS has a remark on the order, which goes on. | Read the text; usually it says when or how the order is placed.
~ will not be placed at the exchange until / until | warning | The market is closed; TWS holds the order until it opens. | Nothing is needed, or set outsideRth where the exchange trades outside regular hours.
~ short sale / locate | warning | The order waits until shares to borrow are found. | Wait, or choose another stock.
421 order | The order cannot go to this exchange. | Route to SMART or to an exchange of the contract's validExchanges.
422 change | Account and clearing of an order that works cannot be changed. | Cancel it and place a new one.
440 change | The algorithm of an order that works cannot be changed. | Cancel the order and place a new one.
444 change | The combination with volatility is not acknowledged yet. | Wait for the next orderStatus, then change it.
10147 change | TWS has no open order with this id: it is filled, was cancelled, never arrived, or belongs to another client. | Compare the id with openOrder and with completed orders.
10148 change | The order is in a state in which it cannot be cancelled. | Look at its last orderStatus; after a fill or a cancel nothing more is needed.
10149 change | The order id of this cancel is no valid one. | Use the id with which the order was placed.
10241 change | The order is one for an amount of money, which cannot be changed through the API. | Cancel it and place a new one, or change it in TWS.
10242 change | The order is for a fraction of a share, which cannot be changed through the API. | Cancel it and place a new one, or change it in TWS.
10326 change | The order's one-cancels-all group cannot be changed. | Cancel the order and place a new one in the other group.
10328 order | TWS lost its connection and does not know what became of the order. | Ask for open orders, completed orders and executions before anything is sent again.
10349 warning | TWS has put in the time in force of the order preset. | Set tif on the order if another one is meant; the order goes on.
== orders: price and size
109 order | The price is farther from the market than the percentage in TWS's presets allows. | Set a price nearer to the market, or widen the percentage in TWS's order presets.
110 order | The price is no whole number of the contract's price steps. | Round it to minTick of the contract details, or to the steps of reqMarketRule at that price.
460 order | The account may not trade this kind of contract, or not on this exchange. | Ask for the trading permission in Client Portal, or choose another contract.
463 order | The order type needs a price, and it is missing. | Set lmtPrice, and for types with a stop auxPrice.
117 order | A block order is too small. | Order at least 50 contracts, or leave blockOrder out.
125 order | The buy price of this order type has to be that of the best seller. | Set the price to the ask.
126 order | The sell price of this order type has to be that of the best buyer. | Set the price to the bid.
140 order | The quantity is no whole number. | Give a whole number, unless the contract trades in fractions.
141 order | The price is no number. | Give the price as a number with a decimal point.
157 order | An order cannot have both a display size and a discretionary amount. | Leave one of the two out.
158 order | The order needs an offset as an amount or as a percentage. | Set auxPrice or percentOffset.
159 order | The offset in percent lies outside 0 to 100. | Give it as a fraction of one within the limits.
160 order | The quantity is zero. | Give a quantity above zero.
163 order | The price breaks the limit in percent of TWS's order presets. | Set a price nearer to the market, or widen the limit in the presets.
164 order | TWS cannot check the price, for want of market data. | Subscribe to the data, or switch off the check of percentages in TWS's presets.
168 order | The discretionary amount is no whole number of price steps. | Round it to minTick.
355 order | The quantity breaks a rule of the market, such as whole lots. | Use a multiple of the lot size (sizeIncrement of the contract details).
361 order | The trigger price of the adjustment is missing or wrong. | Set triggerPrice to a valid price.
362 order | The stop price of the adjustment is missing or wrong. | Set adjustedStopPrice to a valid price.
363 order | The stop limit price of the adjustment is missing or wrong. | Set adjustedStopLimitPrice to a valid price.
364 order | The trailing amount of the adjustment is missing or wrong. | Set adjustedTrailingAmount to a valid amount.
382 order | The price is more steps from the market than TWS's presets allow. | Set a price nearer to the market, or change the presets.
383 order | The quantity is above the limit in TWS's presets. | Lower the quantity, or raise the limit in TWS's order presets.
451 order | The value of the order is above the limit in TWS's presets. | Lower the quantity, raise the Total Value Limit in TWS's presets, or set overridePercentageConstraints.
388 order | The quantity is below the least one of this contract. | Raise the quantity to minSize of the contract details.
401 order | A text of the order is too long. | Shorten orderRef or the other texts.
403 order | The stop price is missing or wrong. | Set auxPrice to a valid price on the right side of the market.
434 order | The order has no quantity. | Set totalQuantity above zero, or cashQty where the contract allows it.
10014 order | The limits of a change in percent are wrong. | Mend the percentages.
10020 order | The display size is not below the quantity. | Set displaySize below totalQuantity.
10240 order | The cap on the price is missing or wrong. | Set a valid price as the cap.
10243 order | Fractions of this quantity cannot be ordered through the API. | Use whole numbers.
10329 order | The order would go to this exchange directly, and the precautions of TWS do not let it. | Route to SMART, or switch this precaution off in TWS's API settings.
10244 order | This order cannot be given as an amount of money. | Set totalQuantity instead of cashQty.
10245 order | This instrument is not traded in fractions. | Use a whole number.
10246 order | This kind of order is not possible for fractions. | Use a whole number, or a market or limit order.
10247 order | Fractions are only traded through SMART. | Set exchange to SMART.
10248 order | The account has no permission for fractions of shares. | Switch on fractional trading in Client Portal.
10249 order | This order cannot be for a fraction of a share. | Use a whole number.
10250 order | The quantity is no multiple of the least step of this contract. | Round it to sizeIncrement of the contract details.
10251 order | Orders that are divided among accounts cannot be for fractions. | Use whole numbers.
10252 order | An order for a fraction may here only close a position. | Use a whole number to open one.
10289 order | This order is given as an amount of money. | Set cashQty, and leave totalQuantity at zero.
10318 order | This kind of order is not possible for a fraction. | Use a whole number.
== orders: types and times
111 order | This time in force does not go with this order type. | Use DAY or GTC, or another order type.
113 order | Orders at or on the close are good for the day only. | Set tif to DAY.
10051 order | TWS does not know an order type of this name. | Correct orderType; the types that a contract takes are in orderTypes of its details.
10052 order | TWS does not know this time in force. | Set tif to DAY, GTC, IOC, FOK, GTD, OPG or another that the contract takes.
114 order | Relative orders exist for stocks only. | Use another order type.
115 order | A few destinations alone take relative orders for stocks of the US. | Route to SMART.
118 order | VWAP orders have an exchange of their own. | Set exchange to VWAP.
119 order | The VWAP exchange takes VWAP orders only. | Route this order elsewhere.
120 order | VWAP orders for today are closed. | Place it tomorrow, or use the Vwap algorithm.
121 order | Destination and broker-dealer mark do not fit together. | Check both fields.
129 order | The start of a VWAP order is too near: three minutes have to lie before it. | Set a later start.
131 warning | Sweep-to-fill and display size mean nothing for this contract or route, and TWS leaves them out. | Use them only for US stocks on SMART.
137 change | VWAP orders are fixed three minutes before they start. | Place an order on the other side if it is no longer wanted.
146 order | The method that triggers the stop is unknown or does not fit this order. | Use one of 0, 1, 2, 3, 4, 7 or 8 as triggerMethod.
148 order | An order with conditions has to be a market or a limit order. | Change the order type, or leave the conditions out.
152 order | The order cannot be hidden here. | Set hidden to False.
153 order | An exchange for physical takes limit orders only. | Set orderType to LMT.
154 order | Trading in this instrument is halted. | Wait until trading goes on (tick type 49 shows it).
167 order | The time of a VWAP order is past. | Set a time to come.
325 order | The exchange or order type knows no discretionary amount. | Leave discretionaryAmt out.
328 order | A trailing stop cannot be attached to an order of this type. | Attach it to a limit or stop-limit order.
334 order | The end of a good-till-date order cannot be read or is past. | Write goodTillDate as "20261129 15:00:00 US/Eastern" and set tif to GTD.
335 order | The delta lies outside 0 to 100. | Set delta within them.
336 request | A time, or its zone, cannot be read. | Write it as "15:59:00 US/Eastern".
337 request | A date, a time or its zone cannot be read. | Write it as "20261129 15:59:00 US/Eastern", or in UTC as "20261129-20:59:00".
338 order | This exchange has no orders that begin later. | Leave goodAfterTime out, and place the order when it is due.
339 order | Spreads of futures are no longer an order of their own. | Build a combination (secType BAG).
340 order | The improvement for the box auction is wrong. | Set it to a multiple of the price step.
341 order | The delta of a pegged order lies outside 1 to 100. | Set delta within them.
342 order | The exchange has no pegged orders. | Route elsewhere or use another type.
343 request | A date, a time or its zone is not in TWS's form. | Write it as "20261129 15:59:00 US/Eastern".
351 order | This order cannot be bound to regular hours. | Leave the flag for regular hours out.
387 order | This exchange does not know the order type for this kind of instrument. | Ask orderTypes of reqContractDetails for what it knows.
391 request | A time, or its zone, is not in TWS's form. | Write it as "15:59:00 US/Eastern".
394 order | The time for processing is no whole number from 100 to 2000. | Give milliseconds within these limits.
395 order | IB takes no one-cancels-all groups for the moment. | Place single orders, or try again later.
396 order | At the moment IB takes no order types here but MKT and LMT. | Use one of these, or try again later.
397 order | For a time IB accepts nothing but market and limit orders here. | Use one of these, or try again later.
404 warning | No shares to borrow are there yet; the order is held until IB has found some. | Wait, or cancel the order.
411 order | The order cannot be active outside regular hours. | Set outsideRth to False.
423 order | The request for a quote of this cross order has run out. | Ask for a quote again.
437 order | Outside regular hours and before the opening cannot both be set. | Set one of the two.
445 order | The quote that the order refers to has run out. | Ask for a quote again.
432 order | The commission was given as a negative number. | Give zero or more.
10018 warning | IB's servers point out how this order is valued. | Nothing is needed.
10019 warning | IB's servers point out how these trades are valued. | Nothing is needed.
10233 warning | TWS has filled in what was missing from its preset for cash orders. | Set all attributes on the order if others are meant.
10268 order | TWS no longer takes orders with eTradeOnly. | Set eTradeOnly to False; newer clients do so by default.
10269 order | TWS no longer takes orders with firmQuoteOnly. | Set firmQuoteOnly to False; newer clients do so by default.
10270 order | TWS no longer takes orders with nbboPriceCap. | Leave nbboPriceCap unset.
10311 order | The order names an exchange directly, which costs more, and TWS's settings forbid it. | Route to SMART, or allow direct routing in TWS under API, Precautions.
== orders: short sales
347 order | The short sale slot is neither 1 nor 2. | Set shortSaleSlot to 1 or 2, or leave it at 0.
348 order | A short sale slot is set, but the order is no short sale. | Set action to SSHORT, or the slot to 0.
352 order | Shares that are delivered from elsewhere need their location. | Set designatedLocation.
353 order | Shares that the broker holds need no location. | Leave designatedLocation empty.
393 order | A slot for short sales can here only be set for the hedge of delta. | Leave it out.
== orders: volatility and hedges
367 order | The type of volatility is wrong, or the order is no VOL order. | Set volatilityType to 1 (daily) or 2 (annual) for VOL orders only.
368 order | The type of reference price is wrong, or the order is no VOL order. | Set referencePriceType to 1 or 2 for VOL orders only.
369 order | Volatility orders are for US options only. | Use another order type.
370 order | A volatility order that follows the market has to go to SMART or an exchange with price improvement. | Set exchange to SMART.
371 order | The volatility is missing or not above zero, or the order is no VOL order. | Set volatility for VOL orders only.
372 order | An order that is no VOL order cannot follow volatility. | Set continuousUpdate to False.
373 order | A range of the stock's price goes only with VOL orders and those relative to the stock. | Leave stockRangeLower and stockRangeUpper out.
374 order | The lower end of the stock's range is not below its upper end. | Exchange the two.
375 order | An end of the stock's range is negative. | Give prices from zero on.
376 order | The exchange makes changes too dear for an order that follows the market. | Set continuousUpdate to False, or route elsewhere.
377 order | The auxiliary price of the hedge is missing or wrong. | Set deltaNeutralAuxPrice.
378 order | The hedge's order type needs an auxiliary price. | Set deltaNeutralAuxPrice.
379 order | The hedge's order type has no auxiliary price. | Leave deltaNeutralAuxPrice out.
380 order | The hedge cannot have this order type. | Use MKT or LMT as deltaNeutralOrderType.
10007 order | The kind of hedge is unknown. | Set hedgeType to D, B, F or P.
10008 order | The beta of the hedge is wrong. | Set hedgeParam to a number above zero.
10009 order | The ratio of the hedge is wrong. | Set hedgeParam to a number above zero.
10010 order | The hedge of delta is wrong. | Check the fields deltaNeutral... of the order.
429 order | Delta neutral orders are for combinations only. | Set secType to BAG, or leave the delta neutral contract out.
10253 order | A combination with a hedge cannot be cleared elsewhere. | Leave the clearing away out.
== orders: combinations and groups
312 order | The legs of the combination are wrong. | Check each leg: conId, ratio, action and exchange.
313 order | One leg of the combination is wrong. | Check the leg that the text names: conId, ratio, action and exchange.
314 order | A combination has no legs. | Fill comboLegs of the contract.
315 order | A combination with stocks goes through SMART only. | Set exchange to SMART, for the contract and its legs.
478 order | What the contract says does not fit the contract that its id or its legs name. | Correct the field that the text names, or leave it empty.
345 order | Advisors cannot order a general combination. | Order it for one account.
349 order | A general combination cannot begin later. | Leave goodAfterTime out.
350 order | A combination at its best price cannot have a least quantity. | Leave minQty out.
356 order | A SMART combination cannot be in a one-cancels-all group. | Leave ocaGroup out.
358 order | A SMART combination cannot be a child order. | Place it by itself.
359 order | A combination in a group can only be reduced without a block. | Set ocaType to 3.
360 order | Margins of SMART combinations cannot be asked for. | Ask for each leg.
405 order | The child has another quantity than its parent. | Give both the same quantity.
10000 order | The legs of the combination have different currencies. | Take legs of one currency.
10001 order | A volatility combination has legs of different currencies. | Take legs of one currency.
10002 order | The legs that are not guaranteed are wrong. | Check the parameter NonGuaranteed of the combination.
10003 order | The exchange IBSX is not allowed here. | Route to SMART.
10006 order | The parent of this order is not there: it was refused, filled or cancelled, or its id is wrong. | Place the parent first, with transmit False, and use its orderId as parentId.
10011 order | SMART takes no combination in this currency. | Route to an exchange directly.
10013 order | The account has opted out of SMART routing, or has to for this order. | Check optOutSmartRouting.
10021 order | The offset of the second leg is wrong. | Check the routing parameters of the combination.
10022 order | The order of the legs is wrong. | Check LegPrio in the routing parameters.
10023 order | The display size of the combination is wrong. | Check the routing parameters of the combination.
10024 order | The rule when the next leg begins is wrong. | Check the routing parameters of the combination.
10025 order | The first time of the second leg is wrong. | Check the routing parameters of the combination.
10026 order | The second time of the second leg is wrong. | Check the routing parameters of the combination.
10027 order | A routing parameter of the combination has an unknown name. | Check smartComboRoutingParams.
10236 order | The parent is all-or-none, its child is not. | Set allOrNone on both.
10237 order | An all-or-none order goes out as a whole only. | Send all that is left of it at once.
== orders: scales and algorithms
408 order | The price step of the scale is wrong. | Set scalePriceIncrement above zero.
409 order | The scale has no size for its parts. | Set scaleInitLevelSize.
410 order | The size of the scale's later parts is wrong. | Set scaleSubsLevelSize.
417 order | The size of the scale's first part is wrong. | Set scaleInitLevelSize to at least one and at most the quantity.
418 order | The profit of the scale is wrong. | Set scaleProfitOffset above zero.
419 order | The scale needs the size of its first part. | Set scaleInitLevelSize.
433 order | Several accounts cannot share a scale that restores its size. | Set scaleAutoReset to False.
446 order | The scale needs an amount of profit. | Set scaleProfitOffset.
447 order | The scale needs an amount and an interval for its price. | Set scalePriceAdjustValue and scalePriceAdjustInterval.
448 order | The interval at which the scale moves its price is wrong. | Set scalePriceAdjustInterval to seconds above zero.
449 order | This scale has no moves of its price. | Leave scalePriceAdjustValue and scalePriceAdjustInterval out.
400 order | The algorithm has refused the order. | Read the text; check the parameters.
439 order | There is no algorithm of this name. | Check algoStrategy; names are case-sensitive, such as Adaptive or Twap.
441 order | A parameter of the algorithm is wrong. | Check algoParams; the text names the parameter.
442 order | Order type, contract or exchange do not go with this algorithm. | Use another algorithm, order type or exchange.
443 order | A parameter's name is unknown to the algorithm. | Check the names in algoParams.
== accounts and advisors
132 order | The order needs a clearing account. | Set clearingAccount.
144 order | The shares of the accounts do not add up to the quantity. | Mend the allocation or the quantity.
151 order | The order needs a user name. | Set it in TWS.
155 order | An order by size needs a user and an account. | Set account on the order.
156 order | An order by size goes to IBSX. | Use an ordinary order.
304 request | TWS does not know this action on account values. | Check the client's version.
311 order | The origin of the order is neither customer nor firm. | Set origin to 0 or 1.
327 request | Only the client with id 0 can bind orders that are made in TWS's window. | Connect with client id 0 for reqAutoOpenOrders.
330 request | The list of managed accounts is for advisors and multi-account users only. | Use managedAccounts, which comes at the start.
331 request | TWS found no account for this advisor. | Log in again, and ask IB's support.
332 order | Account codes of the allocation are wrong. | Check them against managedAccounts.
333 order | The allocation of shares cannot be read. | Write it as account/number pairs.
344 request | The login is not that of an advisor. | Leave advisor requests out.
346 order | The account is neither institutional nor cleared elsewhere. | Leave the clearing fields out.
424 order | An advisor's order needs an allocation. | Set account, or faGroup with faMethod.
425 order | The order needs an allocation by hand for each account. | Enter it in TWS's order window.
426 order | No account of the group has enough shares. | Lower the quantity.
427 order | A fund is bought for an amount of money. | Set cashQty.
428 order | A fund is sold by shares. | Set totalQuantity.
435 order | The order names no account, and there are several. | Set account to one that managedAccounts has listed.
436 order | The order names neither an account nor a group. | Set account or faGroup.
585 request | IB has replaced advisors' profiles by groups. | Use groups.
10005 request | Models can only be read here. | Change models in TWS.
10012 order | A percentage of the allocation is wrong. | Give percentages that add up to 100.
10015 request | TWS allows no trading through the API. | Look at the API settings of TWS and the permissions of the user.
10185 request | TWS could not stop this profit and loss stream; it may have ended. | Nothing is needed.
10230 request | A change of the advisor's groups is still being saved. | Ask again when it is done.
10231 request | Groups name accounts that are not valid. | Correct the groups; the text lists them.
10234 order | The order needs a decision maker, by European rules. | Set mifid2DecisionMaker or the default in TWS.
10235 order | Orders of this assistant need a decision maker. | Set mifid2DecisionMaker or the default in TWS.
10238 request | TWS got no answer from the advisor's setup page. | Try again later.
10239 warning | Some accounts of this order do not have the risk score that the group asks for. | Check the allocation.
== news and calendars
10276 request | The account gets no news of this provider. | Subscribe in TWS or Client Portal; reqNewsProviders lists what there is.
10277 request | News need a permission that the account does not have. | Subscribe in Client Portal.
10172 request | TWS could not get the text of this news item. | Check the provider and the article's id, or try again later.
10278 request | Another request for the calendar's fields is open. | Cancel it before the next.
10279 request | TWS could not get the calendar's fields. | Check the subscription for Wall Street Horizon, and try again later.
10280 request | TWS could not cancel the request for the calendar's fields. | Nothing is needed when it was answered.
10281 request | Another request for the calendar's events is open. | Cancel it before the next.
10282 request | Events were asked for before the calendar's fields. | Call reqWshMetaData first, and wait for its answer.
10283 request | TWS could not get the calendar's events. | Check the filter and the subscription, and try again later.
10284 request | TWS could not cancel the request for the calendar's events. | Nothing is needed when it was answered.
10358 request | The account has no permission for fundamental data. | Subscribe in Client Portal, or use another source; IB has withdrawn such data from newer versions.
== TWS itself and DDE
303 request | TWS does not know this action. | Check the client's version.
305 request | TWS could not read this DDE request. | DDE only: correct the link.
306 request | TWS failed on this DDE request. | DDE only: correct the link.
308 request | TWS cannot open a further page for the API. | Close pages in TWS's window.
319 request | The level of the log is none of 1 to 5. | Use setServerLogLevel with one of 1 to 5.
324 request | A DDE request lacks something. | DDE only: correct the link.
381 request | The DDE library is too old. | Update the API's installation.
384 request | A DDE request for an array is wrong. | DDE only: correct the link.
389 order | The id that the order was routed with is not unique. | Use another one.
390 order | The id that the order was routed with is wrong. | Use another one.
== the client
530 client | The official client could not send a cancel of real-time bars. | This client reports 504 or 321 instead; connect again.
~ ssl | connection | The connection by TLS failed. | Check the certificate and whether a TLS tunnel stands before TWS at all.
579 client | A text has a character that the protocol cannot carry. | Use printable ASCII in the field that the text names.
588 client | A value cannot be written as Protocol Buffers. | Mend the field that the text names.
550 connection | The official client could not introduce itself to TWS. | Connect again.
"""

# The codes of IB's clients for a request that could not be sent, by what was to be sent.
NOT_SENT = """
510 a request for market data
511 a cancel of market data
512 an order
513 a request for account updates
514 a request for executions
515 a cancel of an order
516 a request for open orders
518 a request for contract details
519 a request for depth of market
521 the level of TWS's log
522 a request for an advisor's groups
523 a change of an advisor's groups
524 a scan
525 a cancel of a scan
526 a request for the parameters of scans
527 a request for historical data
528 a cancel of historical data
529 a request for real-time bars
531 a request for TWS's time
532 a request for fundamental data
533 a cancel of fundamental data
534 a computation of volatility
535 a computation of an option's price
536 a cancel of a computation of volatility
537 a cancel of a computation of an option's price
538 a cancel of all orders
539 the type of market data
540 a request for positions
541 a cancel of positions
542 a request for the account summary
543 a cancel of the account summary
544 a request for verification
545 a message of verification
546 a request for display groups
547 a subscription to a display group
548 a change of a display group
549 the end of a subscription to a display group
551 a request for verification with authentication
552 a message of verification with authentication
553 a request for positions of a model
554 a cancel of positions of a model
555 a request for account updates of a model
556 a cancel of account updates of a model
557 a request for the parameters of options
558 a request for soft dollar tiers
559 a request for family codes
560 a search for symbols
561 a request for exchanges with depth
562 a request for the parts of SMART
563 a request for news providers
564 a request for a news article
565 a request for past news
566 a request for the beginning of history
567 a request for a histogram
568 a cancel of a histogram
569 a cancel of the beginning of history
570 a request for a market rule
571 a request for profit and loss
572 a cancel of profit and loss
573 a request for profit and loss of one position
574 a cancel of profit and loss of one position
575 a request for historical ticks
576 a request for tick-by-tick data
577 a cancel of tick-by-tick data
578 a request for completed orders
580 a request for the calendar's fields
581 a cancel of the calendar's fields
582 a request for the calendar's events
583 a cancel of the calendar's events
584 a request for user information
587 a request for TWS's time in milliseconds
589 a cancel of depth of market
590 a cancel of contract details
591 a cancel of historical ticks
592 a request for TWS's settings
593 a change of TWS's settings
"""
