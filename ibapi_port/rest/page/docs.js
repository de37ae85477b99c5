"use strict";
// The documentation: the OpenAPI document, for people. Nothing comes from elsewhere.
function element(kind, text, cls) { const e = document.createElement(kind); if (text) e.textContent = text; if (cls) e.className = cls; return e; }
function resolve(document_, node) { return node && node.$ref ? node.$ref.slice(2).split("/").reduce((at, part) => at[part], document_) : node; }
function kind(schema) { if (!schema) return ""; if (schema.$ref) return schema.$ref.split("/").pop(); if (schema.anyOf) return schema.anyOf.map(kind).join(" or "); if (schema.enum) return schema.enum.join(", "); if (schema.type === "array") return `list of ${kind(schema.items)}`; return schema.type || ""; }
(async () => {
  const main = document.getElementById("routes");
  const doc = await (await fetch("/openapi.json")).json();
  main.replaceChildren(element("p", "Each request has the header Authorization: Bearer TOKEN. Errors are application/problem+json."));
  const groups = {};
  for (const [path, methods] of Object.entries(doc.paths)) for (const [method, one] of Object.entries(methods)) (groups[one.tags[0]] ||= []).push([path, method, one]);
  for (const [tag, routes] of Object.entries(groups)) {
    main.append(element("h2", tag));
    for (const [path, method, one] of routes) {
      const details = element("details"), head = element("summary");
      head.append(element("span", method.toUpperCase(), "verb"), element("code", path), document.createTextNode(` ${one.summary}`));
      details.append(head, element("p", `scope: ${one["x-scope"]}`));
      const list = element("ul");
      for (const given of one.parameters) { const p = resolve(doc, given); const li = element("li"); li.append(element("code", p.name), document.createTextNode(` ${kind(p.schema)}${p.required ? ", required" : ""}${p.schema.default !== undefined ? `, default ${JSON.stringify(p.schema.default)}` : ""}${p.description ? `: ${p.description}` : ""}`)); list.append(li); }
      if (list.children.length) details.append(list);
      const body = one.requestBody && one.requestBody.content["application/json"].schema;
      if (body) details.append(element("p", `body: ${kind(body)}`));
      for (const [status, answer] of Object.entries(one.responses)) { if (status >= 300) continue; for (const [media, content] of Object.entries(answer.content || {})) details.append(element("p", `${status} ${media} ${kind(content.schema)}`)); }
      main.append(details);
    }
  }
})().catch((error) => document.getElementById("routes").replaceChildren(document.createTextNode(`The document cannot be read: ${error.message}`)));
