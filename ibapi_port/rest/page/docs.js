"use strict";
// The documentation: the OpenAPI document, for people. Nothing comes from elsewhere.
function element(kind, text, cls) { const e = document.createElement(kind); if (text) e.textContent = text; if (cls) e.className = cls; return e; }
function resolve(document_, node) { return node && node.$ref ? node.$ref.slice(2).split("/").reduce((at, part) => at[part], document_) : node; }

// What a schema is, in words; the names of types are links.
function kind(schema) {
  const made = element("span");
  if (!schema) return made;
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop(), link = element("a", name);
    link.href = `#type-${name}`;
    made.append(link);
  } else if (schema.anyOf) schema.anyOf.forEach((each, n) => made.append(n ? " or " : "", kind(each)));
  else if (schema.enum) made.append(schema.enum.join(", "));
  else if (schema.type === "array") made.append("list of ", kind(schema.items));
  else if (schema.additionalProperties && schema.additionalProperties !== true) made.append("by name: ", kind(schema.additionalProperties));
  else made.append([schema.type].flat().filter(Boolean).join(" or ") || "anything");
  return made;
}
function fold(id, ...head) {
  const details = element("details"), summary = element("summary");
  if (id) details.id = id;
  summary.append(...head);
  details.append(summary);
  return details;
}
function named(name, schema, more) {
  const li = element("li");
  li.append(element("code", name), " ", kind(schema), more);
  return li;
}
function line(text, schema) { const p = element("p", text); p.append(kind(schema)); return p; }

function route(doc, path, method, one) {
  const details = fold("", element("span", method.toUpperCase(), "verb"), element("code", path), ` ${one.summary}`);
  const scope = one["x-scope"] === "none" ? "" : one["x-scope"];
  details.append(element("p", scope ? `scope: ${scope}` : "It needs no token."));
  const given = one.parameters.map((each) => resolve(doc, each));
  const list = element("ul");
  for (const p of given) {
    const standard = p.schema.default !== undefined ? `, default ${JSON.stringify(p.schema.default)}` : "";
    list.append(named(p.name, p.schema, `${p.required ? ", required" : ""}${standard}${p.description ? `: ${p.description}` : ""}`));
  }
  if (given.length) details.append(list);
  const body = one.requestBody && one.requestBody.content["application/json"].schema;
  if (body) details.append(line("body: ", body));
  for (const [status, answer] of Object.entries(one.responses)) {
    if (status >= 300) continue;
    for (const [media, content] of Object.entries(answer.content || {})) details.append(line(`${status} ${media} `, content.schema));
  }
  const query = given.filter((p) => p.required && p.in === "query").map((p) => `${p.name}=${p.name.toUpperCase()}`).join("&");
  const token = scope ? ' -H "Authorization: Bearer $T"' : "";
  const json = body ? ` -H "Content-Type: application/json" -d @body.json` : "";
  const verb = method === "get" || (method === "post" && body) ? "" : ` -X ${method.toUpperCase()}`;
  details.append(element("pre", `curl${token}${verb} "${location.origin}${path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase())}${query ? `?${query}` : ""}"${json}`));
  return details;
}
function type(name, schema) {
  const details = fold(`type-${name}`, element("code", name)), list = element("ul"), required = schema.required || [];
  for (const [field, inner] of Object.entries(schema.properties || {})) list.append(named(field, inner, required.includes(field) ? ", required" : ""));
  details.append(list.children.length ? list : line("", schema));
  return details;
}
function openTarget() { const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1))); if (target) { target.open = true; target.scrollIntoView(); target.querySelector("summary")?.focus(); } }

(async () => {
  const main = document.getElementById("routes");
  const doc = await (await fetch("/openapi.json")).json();
  main.replaceChildren(element("p", "Each request has the header Authorization: Bearer TOKEN. Errors are application/problem+json, with what is wrong and what helps."));
  const groups = {};
  for (const [path, methods] of Object.entries(doc.paths)) for (const [method, one] of Object.entries(methods)) (groups[one.tags[0]] ||= []).push([path, method, one]);
  for (const [tag, routes] of Object.entries(groups)) main.append(element("h2", tag), ...routes.map((each) => route(doc, ...each)));
  main.append(element("h2", "Types"), ...Object.entries(doc.components.schemas).map((each) => type(...each)));
  addEventListener("hashchange", openTarget);
  openTarget();
})().catch((error) => document.getElementById("routes").replaceChildren(document.createTextNode(`The document cannot be read: ${error.message}`)));
