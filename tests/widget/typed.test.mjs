// The package's types, as a strict compiler sees them in somebody's project. A line that must not
// compile is marked in the sample, and the compiler complains should it compile after all.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

import { Consumer } from "../harness/consumer.mjs";
import { inProject } from "../harness/project.mjs";

const execute = promisify(execFile);

const STRICT = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  target: "es2022",
  lib: ["es2022", "dom", "dom.iterable"],
  jsx: "react-jsx",
  types: [],
};

/** How a project finds its packages: as Node does, or as Vite, webpack and Next do. */
const RESOLUTIONS = {
  node: { module: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};

/** What the compiler has to say about a sample, resolved in either way; nothing, if all is well. */
async function complaints(framework, sample) {
  const consumer = await Consumer.open(framework);
  await consumer.write("sample.tsx", sample);
  const tsc = inProject("node_modules/.bin/tsc");
  const said = {};
  for (const [name, resolution] of Object.entries(RESOLUTIONS)) {
    const settings = { compilerOptions: { ...STRICT, ...resolution }, files: ["sample.tsx"] };
    const project = await consumer.write(`tsconfig.${name}.json`, JSON.stringify(settings));
    const ended = await execute(tsc, ["--project", project]).catch((error) => error);
    said[name] = ended.stdout.trim();
  }
  return said;
}

const ELEMENT = `
  import { defineSaoma, loadSaoma, type SaomaResult } from "saoma";
  import "saoma/auto";
  const known: typeof import("saoma").SaomaCheckout | null = defineSaoma({ endpoint: "https://pay.example.com" });
  const same = await loadSaoma();
  if (known === same) console.log("the same");
  // @ts-expect-error: no such option
  defineSaoma({ origin: "https://pay.example.com" });

  const element = document.querySelector("saoma-checkout")!;
  element.addEventListener("saoma-paid", (event) => {
    event.preventDefault();
    const total: number | undefined = event.detail.amount?.total;
    const checkout: string | undefined = event.detail.checkout;
    // @ts-expect-error: no such fact
    event.detail.payer;
    return [total, checkout];
  });
  document.addEventListener("saoma-status", ({ detail: { status, previous, via } }) => {
    if (status === "paid" && previous !== "paid" && via === "push") console.log("pushed");
    // @ts-expect-error: no such status
    if (status === "scanned") console.log("nobody can know");
  });
  addEventListener("resize", () => {});
  document.createElement("saoma-checkout").returnUrl = "/thanks";
  element.messages = { brand: "Tea" };
  // @ts-expect-error: only the widget knows
  element.status = "paid";
  element.show();
  const result: SaomaResult = await element.settled();
  export { result };
`;

const REACT = `
  import { useRef } from "react";
  import { SaomaCheckout } from "saoma/react";
  import type { SaomaCheckout as Element } from "saoma";
  export function Page({ token }: { token: string }) {
    const element = useRef<Element>(null);
    return <>
      <SaomaCheckout ref={element} session={token} layout="dialog" open className="box" data-test="1"
        onPaid={(event) => console.log(event.detail.checkout)}
        onError={({ detail }) => console.log(detail.code, detail.recoverable)}
        onClick={() => element.current?.check()}>
        <a href="/pay">pay</a>
      </SaomaCheckout>
      <SaomaCheckout product="oolong-250" quantity={2} buyer={{ name: "Li" }} />
      {/* @ts-expect-error: either a session or a product */}
      <SaomaCheckout session={token} product="oolong-250" />
      {/* @ts-expect-error: nothing to pay */}
      <SaomaCheckout layout="dialog" />
      {/* @ts-expect-error: no such layout */}
      <SaomaCheckout session={token} layout="popup" />
      <saoma-checkout product="oolong-250" quantity="2" return-url="/thanks" class="box" />
      {/* @ts-expect-error: no such theme */}
      <saoma-checkout product="oolong-250" theme="blue" />
    </>;
  }
`;

const VUE = `
  import { createApp, h, type GlobalComponents } from "vue";
  import { SaomaCheckout } from "saoma/vue";
  createApp(() => h(SaomaCheckout, {
    product: "oolong-250",
    buyer: { name: "Li" },
    onPaid(event) {
      const checkout: string | undefined = event.detail.checkout;
      console.log(checkout);
    },
    onStatus: ({ detail }) => console.log(detail.previous),
  }, () => h("a", { href: "/pay" }, "pay")));
  // @ts-expect-error: no such layout
  h(SaomaCheckout, { session: "a.b.c", layout: "popup" });
  const component: GlobalComponents["SaomaCheckout"] = SaomaCheckout;
  type Tag = InstanceType<GlobalComponents["saoma-checkout"]>["$props"];
  const tag: Tag = { product: "oolong-250", "return-url": "/thanks" };
  // @ts-expect-error: no such theme
  const wrong: Tag = { theme: "blue" };
  export { component, tag, wrong };
`;

/** From React 19 on the tag itself hears events. */
const TAG_OF_19 = `
  export const tag = <saoma-checkout product="tea" onsaoma-paid={({ detail }) => detail.checkout} />;`;

const SAMPLES = [
  ["the element and its events", undefined, ELEMENT],
  ["the component and the tag of React 18", "react-18", REACT],
  ["the component and the tag of React 19", "react-19", REACT + TAG_OF_19],
  ["the component and the tag of Vue", "vue", VUE],
];
for (const [what, framework, sample] of SAMPLES) {
  test(`${what} are what the types say`, async () => {
    assert.deepEqual(await complaints(framework, sample), { node: "", bundler: "" });
  });
}
