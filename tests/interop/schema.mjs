// sandbox/openapi.yaml as a judge of what goes between a merchant and the platform: a field that it
// does not name is a finding, whoever wrote it.

import { readFileSync } from "node:fs";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

import { absolute, refuseTheUndocumented } from "../harness/openapi.mjs";
import { inProject } from "../harness/project.mjs";

/** The document, as it is written. */
export const platformText = () => readFileSync(inProject("sandbox/openapi.yaml"), "utf8");

const METHODS = ["get", "post"];

/** What a letter's event is sealed as, by mode. */
const TOLD = {
  TRANSACTION: { direct: "Transaction", partner: "PartnerTransaction" },
  REFUND: { direct: "RefundTold", partner: "PartnerRefundTold" },
  SECURITY_ECHO: { direct: "EchoTold", partner: "EchoTold" },
};

export class PlatformSchema {
  constructor(text = platformText()) {
    this.document = parse(text, { maxAliasCount: -1 });
    const strict = refuseTheUndocumented(this.document);
    this.components = strict.components;
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: "openapi", components: strict.components });
    this.compiled = new Map();
    this.operations = Object.entries(strict.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => {
        const pattern = new RegExp(`^${path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
        return { path, pattern, method: method.toUpperCase(), ...item[method] };
      }));
    this.webhooks = Object.values(strict.webhooks).map(({ post }) => post);
    /** `operationId status` of everything that was judged and found right. */
    this.seen = new Set();
  }

  /** What is wrong with a call and its answer; nothing if the document foresees both. */
  judge(exchange) {
    const url = new URL(exchange.target, "http://platform");
    const operation = this.operations.find(({ pattern, method }) =>
      method === exchange.method && pattern.test(url.pathname));
    if (!operation) return [`no operation: ${exchange.method} ${url.pathname}`];
    const { operationId } = operation;
    const findings = [
      ...this.#request(operation, exchange, url),
      ...(exchange.reply ? this.#reply(operation, exchange.reply) : ["no whole answer"]),
    ].map((finding) => `${operationId}: ${finding}`);
    if (!findings.length) this.seen.add(`${operationId} ${exchange.reply.status}`);
    return findings;
  }

  /** What is wrong with a letter, and with what was sealed in it. */
  judgeLetter(letter, mode, resource) {
    const body = JSON.parse(letter.body);
    const [kind] = body.event_type.split(".");
    const webhook = this.webhooks.find(({ requestBody }) =>
      !this.#wrong(this.#property(requestBody, "event_type"), body.event_type, "").length);
    if (!webhook) return [`no webhook: ${body.event_type}`];
    const findings = [
      ...this.#headers(webhook.parameters.map((parameter) => this.#resolve(parameter)), letter.headers),
      ...this.#wrong(webhook.requestBody.content["application/json"].schema, body, "letter"),
      ...this.#wrong({ $ref: `#/components/schemas/${TOLD[kind][mode]}` }, resource, "sealed"),
    ].map((finding) => `${body.event_type}: ${finding}`);
    if (!findings.length) this.seen.add(body.event_type);
    return findings;
  }

  #property(requestBody, name) {
    return this.#resolve(requestBody.content["application/json"].schema).properties[name];
  }

  #request({ parameters, requestBody, pattern }, { headers, body }, url) {
    const all = parameters.map((parameter) => this.#resolve(parameter));
    const of = (place) => all.filter((parameter) => parameter.in === place);
    const path = pattern.exec(url.pathname).groups ?? {};
    return [
      ...this.#headers(of("header"), headers),
      ...this.#values(of("path"), Object.entries(path).map(([name, value]) => [name, decodeURIComponent(value)])),
      ...this.#values(of("query"), [...url.searchParams]),
      ...(/^WECHATPAY2-SHA256-RSA2048 (\w+="[^"]+"(,|$)){5}/.test(headers.authorization)
        ? [] : ["authorization is not as described"]),
      ...this.#body(requestBody, { headers, body }, "request"),
    ];
  }

  #reply({ responses }, { status, headers, body }) {
    if (!responses[status]) return [`undocumented status ${status}`];
    const response = this.#resolve(responses[status]);
    const proved = Object.entries(response.headers ?? {}).map(([name, header]) =>
      ({ name, ...this.#resolve(header) }));
    return [...this.#headers(proved, headers), ...this.#body(response, { headers, body }, `${status}`)];
  }

  #body(described, { headers, body }, said) {
    if (!described?.content) return body.length ? [`${said}: a body where none is described`] : [];
    const type = headers["content-type"]?.split(";")[0].trim();
    const media = described.content[type];
    if (!media) return [`${said}: undocumented content type ${type}`];
    if (!media.schema) return [];
    try {
      return this.#wrong(media.schema, JSON.parse(body.toString("utf8")), said);
    } catch {
      return [`${said}: not JSON`];
    }
  }

  /** Headers that are described; others are the affair of whoever sends them. */
  #headers(described, headers) {
    return described.flatMap(({ name, required, schema }) => {
      const value = headers[name.toLowerCase()];
      if (value === undefined) return required ? [`no ${name}`] : [];
      return this.#wrong(schema, value, name);
    });
  }

  /** Parameters that are described, and no others. */
  #values(described, given) {
    const unknown = given.filter(([name]) => !described.some((parameter) => parameter.name === name));
    const missing = described.filter(({ name, required }) => required && !given.some(([is]) => is === name));
    const twice = given.filter(([name], at) => given.findIndex(([is]) => is === name) !== at);
    return [
      ...unknown.map(([name]) => `undocumented parameter ${name}`),
      ...missing.map(({ name }) => `no parameter ${name}`),
      ...twice.map(([name]) => `parameter ${name} twice`),
      ...described.flatMap(({ name, schema }) =>
        given.filter(([is]) => is === name).flatMap(([, value]) => this.#wrong(schema, value, name))),
    ];
  }

  #wrong(schema, value, said) {
    const key = JSON.stringify(schema);
    if (!this.compiled.has(key)) this.compiled.set(key, this.ajv.compile(absolute(schema)));
    const validate = this.compiled.get(key);
    if (validate(value)) return [];
    return validate.errors.map(({ instancePath, message, params }) =>
      `${said}${instancePath} ${message} ${JSON.stringify(params)}`);
  }

  #resolve(node) {
    if (!node.$ref) return node;
    return node.$ref.slice("#/components/".length).split("/").reduce((at, name) => at[name], this.components);
  }
}
