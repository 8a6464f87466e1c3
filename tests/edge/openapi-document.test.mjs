// The API's document is a valid one, and tells of every route and of no other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { OpenApi, openApiText } from "../harness/openapi.mjs";
import { routes } from "../harness/routes.mjs";

const api = new OpenApi();

test("the document is valid OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(openApiText());
  assert.ok(valid, JSON.stringify(errors, null, 1));
  assert.match(api.document.openapi, /^3\.1\./);
});

test("its examples fit its schemas", () => {
  for (const { operationId, requestBody } of api.operations) {
    const example = requestBody?.content["application/json"]?.example;
    if (example) api.allows(operationId, example);
  }
  api.tells(api.document.webhooks.shopEvent.post.requestBody.content["application/json"].example);
});

test("it tells of every route, and of none that does not exist", () => {
  const documented = Object.keys(api.document.paths).map((path) => path.replace(/\{\w+\}/g, "{}"));
  assert.deepEqual(documented.sort(), routes());
});
