// The same page of a shop in three frameworks: rendered by a server, taken over in the browser, with
// a checkout that can be taken out and put back. What its handlers hear is kept in `told`.

import { Consumer } from "./consumer.mjs";

const REACT = `
  import { StrictMode, useRef, useState } from "react";
  import { SaomaCheckout } from "saoma/react";
  import { hear, HANDLERS } from "./told.js";
  export function App() {
    const [isThere, setThere] = useState(true);
    const [theme, setTheme] = useState("light");
    const [messages, setMessages] = useState({ hint: "Open WeChat." });
    const element = useRef(null);
    const handlers = Object.fromEntries(HANDLERS.map((name) => [name, (event) => hear(name, event, theme)]));
    return <StrictMode>
      <button id="toggle" onClick={() => setThere(!isThere)}>toggle</button>
      <button id="theme" onClick={() => setTheme("dark")}>theme</button>
      <button id="words" onClick={() => setMessages(undefined)}>words</button>
      <button id="ref" onClick={() => hear("ref", { detail: element.current.order })}>ref</button>
      {isThere && <SaomaCheckout ref={element} product="oolong-250" quantity={1} theme={theme} noCountdown
        messages={messages} className="till" {...handlers}><a href="/pay">pay</a></SaomaCheckout>}
    </StrictMode>;
  }
`;

const VUE = `
  import { createSSRApp, h, ref } from "vue";
  import { SaomaCheckout } from "saoma/vue";
  import { hear, HANDLERS } from "./told.js";
  export const app = () => createSSRApp({
    setup() {
      const [isThere, theme, checkout] = [ref(true), ref("light"), ref(null)];
      const messages = ref({ hint: "Open WeChat." });
      const handlers = Object.fromEntries(HANDLERS.map((name) => [name, (event) => hear(name, event, theme.value)]));
      return () => h("div", [
        h("button", { id: "toggle", onClick: () => (isThere.value = !isThere.value) }, "toggle"),
        h("button", { id: "theme", onClick: () => (theme.value = "dark") }, "theme"),
        h("button", { id: "words", onClick: () => (messages.value = undefined) }, "words"),
        h("button", { id: "ref", onClick: () => hear("ref", { detail: checkout.value.element.order }) }, "ref"),
        isThere.value ? h(SaomaCheckout, {
          ref: checkout, product: "oolong-250", quantity: 1, theme: theme.value, noCountdown: true,
          messages: messages.value, class: "till", ...handlers,
        }, () => h("a", { href: "/pay" }, "pay")) : null,
      ]);
    },
  });
`;

/** Every handler, under the name that React has for its prop and Vue for its listener. */
const TOLD = `
  globalThis.told = [];
  export const HANDLERS =
    ["onReady", "onStatus", "onPaid", "onExpired", "onRefreshed", "onClosed", "onMobile", "onError"];
  export const hear = (name, { detail }, theme) => globalThis.told.push({ name, detail, theme });
`;

/** How each is rendered to a string, and taken over. */
const ENDS = {
  react: {
    server: `
      import { renderToString } from "react-dom/server";
      import { App } from "./page.jsx";
      console.log(renderToString(<App />));`,
    browser: `
      import { hydrateRoot } from "react-dom/client";
      import { App } from "./page.jsx";
      hydrateRoot(document.getElementById("root"), <App />);`,
  },
  vue: {
    server: `
      import { renderToString } from "vue/server-renderer";
      import { app } from "./page.jsx";
      renderToString(app()).then((html) => console.log(html));`,
    browser: `
      import { app } from "./page.jsx";
      app().mount("#root");`,
  },
};

/**
 * The page of a framework ("react-18", "react-19", "vue"): its HTML as its server sends it, and its
 * script, which has the widget's files at \`assets\` and its Worker at \`endpoint\`.
 */
export async function frameworkApp(framework, { endpoint, assets }) {
  const consumer = await Consumer.open(framework);
  const ends = ENDS[framework === "vue" ? "vue" : "react"];
  await consumer.write("told.js", TOLD);
  await consumer.write("page.jsx", framework === "vue" ? VUE : REACT);
  const server = await consumer.bundle(ends.server, { platform: "node", format: "cjs", name: "server" });
  const define = `
    import { defineSaoma } from "saoma";
    defineSaoma(${JSON.stringify({ endpoint, assets })});`;
  const browser = await consumer.bundle(define + ends.browser, { name: "browser" });
  return { html: await consumer.node(server), script: await consumer.read(browser) };
}
