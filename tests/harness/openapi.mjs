// The API's own document, as a judge of real requests and answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

import { inProject } from "./project.mjs";

/** The document, as it is written. */
export const openApiText = () => readFileSync(inProject("docs/openapi.yaml"), "utf8");

const METHODS = ["get", "post", "put", "patch", "delete"];

export class OpenApi {
  constructor(text = openApiText()) {
    this.document = parse(text);
    const strict = refuseTheUndocumented(this.document);
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: "openapi", components: strict.components });
    this.loose = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.loose);
    this.loose.addSchema({ $id: "openapi", components: this.document.components });
    this.operations = Object.entries(strict.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({ path, method, ...item[method] })));
    /** `operationId status` of every answer that was judged. */
    this.seen = new Set();
  }

  operation(id) {
    const operation = this.operations.find(({ operationId }) => operationId === id);
    assert.ok(operation, `no operation ${id}`);
    return operation;
  }

  /** Asserts that the document foresees this answer: its status, its type and every field. */
  foresees(id, { status, headers, body }) {
    const { responses } = this.operation(id);
    const said = `${id} ${status} ${JSON.stringify(body)?.slice(0, 400)}`;
    assert.ok(responses[status], `undocumented status: ${said}`);
    const { content } = this.resolve(responses[status]);
    const type = headers.get("content-type")?.split(";")[0];
    if (content) {
      assert.ok(content[type], `undocumented content type ${type}: ${said}`);
      const isLines = type === "application/x-ndjson";
      const values = isLines ? body.trimEnd().split("\n").map((line) => JSON.parse(line)) : [body];
      for (const value of values) this.#assertValid(content[type].schema, value, said);
    } else {
      assert.ok(!body, `a body where none is documented: ${said}`);
    }
    this.seen.add(`${id} ${status}`);
  }

  /** Asserts that a request which the Worker took is one that the document allows. */
  allows(id, body) {
    const { requestBody } = this.operation(id);
    this.#assertValid(requestBody.content["application/json"].schema, body, `${id} ${JSON.stringify(body)}`);
  }

  /** Asserts that the document foresees what a shop was told. */
  tells(told) {
    const said = JSON.stringify(told);
    const { late: _, refund, ...checkout } = told.data;
    this.#assertValid({ $ref: "#/components/schemas/Checkout" }, checkout, said);
    if (refund) this.#assertValid({ $ref: "#/components/schemas/Refund" }, refund, said);
    // The whole: the checkout, which has no other fields by itself, is one part of its data.
    const { post } = this.document.webhooks.shopEvent;
    const { schema } = post.requestBody.content["application/json"];
    const validate = this.loose.compile(absolute(schema));
    assert.ok(validate(told), `${JSON.stringify(validate.errors)} ${said}`);
  }

  #assertValid(schema, value, said) {
    const validate = this.ajv.compile(absolute(schema));
    assert.ok(validate(value), `${this.ajv.errorsText(validate.errors)}: ${JSON.stringify(validate.errors)} ${said}`);
  }

  resolve(node) {
    if (!node.$ref) return node;
    const { components } = refuseTheUndocumented(this.document);
    return node.$ref.slice("#/components/".length).split("/").reduce((at, name) => at[name], components);
  }
}

/** A copy in which an object with fields has no others, so that an undocumented one is noticed. */
export function refuseTheUndocumented(node) {
  if (Array.isArray(node)) return node.map(refuseTheUndocumented);
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, refuseTheUndocumented(value)]));
  const isSchema = copy.type === "object" && copy.properties;
  return isSchema && copy.additionalProperties === undefined ? { ...copy, unevaluatedProperties: false } : copy;
}

/** References into the document, from wherever a schema stands. */
export const absolute = (schema) =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/'));
