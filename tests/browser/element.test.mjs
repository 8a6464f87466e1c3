// What a shop's page and its frameworks do to the element, on an engine that the test plays.

import assert from "node:assert/strict";
import { test } from "node:test";

import { devices } from "playwright-core";

import { STATES } from "../../www/gallery/pictures.js";
import { useBrowser } from "../harness/browser.mjs";
import { useElementPage } from "../harness/element-page.mjs";

const served = useElementPage();
const browser = useBrowser();

const PICTURES = Object.fromEntries(Object.entries(STATES).map(([name, { picture }]) => [name, picture]));

const { defaultBrowserType: _, ...PHONE } = devices["iPhone 13"];

/** Runs `visit` on a page with `make(attributes)`, `turn()` (all that is due has happened) and the pictures. */
async function on(options, visit, query = "") {
  await browser.open(options, async (page, seen) => {
    await page.addInitScript((pictures) => {
      globalThis.PICTURES = pictures;
      globalThis.make = (attributes) => {
        const element = document.createElement("saoma-checkout");
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
        return element;
      };
      // Two frames, for what observers see, and a task after them.
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      globalThis.turn = async () => {
        await frame();
        await frame();
        await new Promise((done) => setTimeout(done));
      };
      globalThis.asked = () => (globalThis.engines ?? []).map(({ asked }) => asked.join(" "));
      globalThis.put = (element, tag, attributes) =>
        element.append(Object.assign(document.createElement(tag), { textContent: tag, ...attributes }));
      globalThis.inside = (element, selector) => element.shadowRoot.querySelector(selector);
    }, PICTURES);
    await page.goto(`${served.url}/?${query}`);
    if (!query) await page.evaluate(() => customElements.whenDefined("saoma-checkout").then(() => {}));
    await visit(page, seen);
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(await seen.violations(), []);
  });
}

test("moved, or mounted twice in a turn, it is one order; taken out and put back, the same", async () => {
  await on({}, async (page) => {
    const all = await page.evaluate(async () => {
      const element = make({ product: "a" });
      document.body.append(element);
      element.remove();
      document.body.append(element);
      await turn();
      const once = asked();
      element.remove();
      form.append(element);
      await turn();
      const moved = asked();
      element.remove();
      await turn();
      document.body.append(element);
      await turn();
      return [once, moved, asked()];
    });
    assert.deepEqual(all, [["resume shown"], ["resume shown"], ["resume shown pause resume"]]);
  });
});

test("another order begins anew, another language or theme does not", async () => {
  await on({}, async (page) => {
    await page.evaluate(async () => {
      globalThis.element = make({ session: "chk_a.1.s" });
      document.body.append(element);
      await turn();
      engines[0].show(PICTURES.waiting);
      element.locale = "zh-CN";
      element.theme = "dark";
    });
    await page.getByText("等待付款").waitFor();
    assert.deepEqual(await page.evaluate(() => asked()), ["resume shown"]);
    const [before, after, engines] = await page.evaluate(async () => {
      element.session = "chk_b.1.s";
      const before = element.status;
      await turn();
      return [before, element.status, asked()];
    });
    assert.deepEqual([before, after], ["waiting", "loading"]);
    assert.deepEqual(engines, ["resume shown pause", "resume shown"]);
  });
});

test("an order is made for a looker: below the edge of the window it waits", async () => {
  await on({}, async (page) => {
    const before = await page.evaluate(async () => {
      document.body.append(...Array.from({ length: 200 }, () => document.createElement("hr")));
      globalThis.element = make({ product: "a" });
      document.body.append(element);
      await turn();
      return asked();
    });
    assert.deepEqual(before, ["resume"]);
    await page.locator("saoma-checkout").scrollIntoViewIfNeeded();
    await page.waitForFunction(() => asked()[0] === "resume shown");
  });
});

test("the dialog opens, holds the focus, closes four ways and gives the focus back", async () => {
  await on({}, async (page, seen) => {
    await page.evaluate(async () => {
      globalThis.element = make({ product: "a", layout: "dialog" });
      document.body.append(element);
      buy.addEventListener("click", () => element.show());
      await turn();
    });
    assert.deepEqual(await page.evaluate(() => asked()), ["resume"], "nobody looks at a closed one");
    const opened = async () => {
      await page.locator("#buy").click();
      await page.getByRole("dialog", { name: "WeChat Pay" }).waitFor();
    };
    await opened();
    assert.deepEqual(await page.evaluate(() => asked()), ["resume shown"]);
    assert.equal(await page.evaluate(() => element.shadowRoot.activeElement.className), "panel");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !element.open);
    assert.equal(await page.evaluate(() => document.activeElement.id), "buy");
    for (const close of [
      () => page.getByRole("button", { name: "Close" }).click(),
      () => page.evaluate(() => element.close("enough")),
      () => page.evaluate(() => element.removeAttribute("open")),
    ]) {
      await opened();
      await close();
      await page.waitForFunction(() => !element.open && !inside(element, "dialog").open);
    }
    await page.waitForFunction(() => heard.length === 4);
    const closed = await seen.heard("saoma-closed");
    assert.deepEqual(closed.map(({ detail }) => detail.reason), ["escape", "button", "enough", "page"]);
    assert.deepEqual(await page.evaluate(() => asked()[0].includes("pause")), false, "who scanned may still pay");
  });
});

test("an open dialog that is moved or taken out is open again, and was never told closed", async () => {
  await on({}, async (page, seen) => {
    const states = await page.evaluate(async () => {
      const element = make({ product: "a", layout: "dialog", open: "" });
      document.body.append(element);
      await turn();
      const isModal = () => inside(element, "dialog").matches(":modal");
      const states = [isModal()];
      element.remove();
      form.append(element);
      await turn();
      states.push(isModal());
      element.remove();
      await turn();
      document.body.append(element);
      await turn();
      return [...states, isModal()];
    });
    assert.deepEqual(states, [true, true, true]);
    assert.deepEqual(await seen.heard("saoma-closed"), []);
  });
});

test("on a phone the page is told, and the words are honest", async () => {
  await on(PHONE, async (page, seen) => {
    await page.evaluate(async () => {
      document.body.append(make({ product: "a" }));
      await turn();
      engines[0].show(PICTURES.waiting);
    });
    assert.deepEqual((await seen.heard("saoma-mobile")).map(({ detail }) => detail), [{ in_wechat: false }]);
    await page.getByText(/On this phone\? .* does not work/).waitFor();
  });
});

for (const [what, attributes, prevents, userAgent] of [
  ["a page that prevents it", { product: "a" }, true, PHONE.userAgent],
  ["mobile=event in WeChat", { session: "chk_a.1.s", mobile: "event" }, false, `${PHONE.userAgent} MicroMessenger/8.0.50`],
]) {
  test(`on a phone nothing is placed or shown before show(): ${what}`, async () => {
    await on({ ...PHONE, userAgent }, async (page, seen) => {
      const held = await page.evaluate(async ([attributes, prevents]) => {
        if (prevents) document.addEventListener("saoma-mobile", (event) => event.preventDefault());
        globalThis.element = make(attributes);
        document.body.append(element);
        await turn();
        return [asked()[0], element.offsetHeight];
      }, [attributes, prevents]);
      assert.deepEqual(held, ["", 0]);
      await page.evaluate(() => element.show());
      await page.waitForFunction(() => asked()[0] === "resume shown" && element.offsetHeight > 100);
      const told = await seen.heard("saoma-mobile");
      assert.deepEqual(told.map(({ detail }) => detail.in_wechat), [userAgent.includes("MicroMessenger")]);
    });
  });
}

test("a desktop's WeChat is no phone: its screen is not the camera's", async () => {
  const userAgent = "Mozilla/5.0 (Windows NT 10.0) Chrome/122 MicroMessenger/7.0 WindowsWechat(0x63090b19)";
  await on({ userAgent }, async (page, seen) => {
    await page.evaluate(async () => {
      document.body.append(make({ product: "a" }));
      await turn();
    });
    assert.deepEqual(await seen.heard("saoma-mobile"), []);
  });
});

test("a named element is a field that is missing until it is paid", async () => {
  await on({}, async (page) => {
    const [before, after] = await page.evaluate(async () => {
      const element = make({ session: "chk_a.1.s", name: "payment" });
      form.append(element);
      await turn();
      const look = () => [form.checkValidity(), ...new FormData(form).entries()];
      engines[0].show(PICTURES.waiting);
      const before = look();
      engines[0].show(PICTURES.paid);
      return [before, look()];
    });
    assert.deepEqual(before, [false]);
    assert.deepEqual(after, [true, ["payment", "chk_a"]]);
  });
});

test("paid: states, the promise, the event, and the way back unless it is prevented", async () => {
  for (const prevents of [false, true]) {
    await on({}, async (page, seen) => {
      const [waiting, paid, result] = await page.evaluate(async (prevents) => {
        const element = make({ session: "chk_a.1.s", "return-url": "#thanks", "auto-return": "0" });
        document.body.append(element);
        if (prevents) element.addEventListener("saoma-paid", (event) => event.preventDefault());
        await turn();
        const states = () => ["loading", "ready", "paid"].filter((state) => element.matches(`:state(${state})`));
        engines[0].show(PICTURES.waiting);
        const waiting = states();
        const settled = element.settled();
        engines[0].show(PICTURES.paid);
        for (const again of [1, 2]) engines[0].tell({ news: "paid", via: "push", again });
        const paid = states();
        const result = await settled;
        await turn();
        return [waiting, paid, result];
      }, prevents);
      assert.deepEqual([waiting, paid], [["ready"], ["paid"]]);
      assert.equal(result.status, "paid");
      assert.equal(result.checkout, "chk_a");
      assert.deepEqual(result.amount, { total: 17_600, currency: "CNY" });
      assert.equal((await seen.heard("saoma-paid")).length, 1);
      assert.equal(new URL(page.url()).hash, prevents ? "" : "#thanks");
    });
  }
});

test("a wrong tag shows its mistake once, asks nothing, and works once it is mended", async () => {
  await on({}, async (page, seen) => {
    const [wrong, right] = await page.evaluate(async () => {
      const element = make({ product: "a", quantity: "0", layout: "dialog" });
      document.body.append(element);
      await turn();
      element.theme = "dark";
      await turn();
      const wrong = [element.status, inside(element, ".error").checkVisibility(), asked().length];
      element.quantity = 2;
      element.layout = null;
      await turn();
      return [wrong, [element.status, element.error, ...asked()]];
    });
    assert.deepEqual(wrong, ["error", true, 0]);
    assert.deepEqual(right, ["loading", null, "resume shown"]);
    const [{ detail }, ...more] = await seen.heard("saoma-error");
    assert.deepEqual([detail.code, detail.recoverable, more], ["bad_options", false, []]);
  });
});

test("what was set before the script came counts", async () => {
  await on({}, async (page) => {
    const early = await page.evaluate(async () => {
      const element = make({});
      Object.assign(element, { product: "tea", buyer: { name: "张三" }, noCountdown: true, messages: { waiting: "!" } });
      document.body.append(element);
      await import("/saoma.js");
      await turn();
      engines[0].show(PICTURES.waiting);
      return [engines[0].given.order, element.hasAttribute("no-countdown"), inside(element, ".line").textContent];
    });
    assert.deepEqual(early, [{ product: "tea", quantity: 1, buyer: '{"name":"张三"}' }, true, "!"]);
  }, "late");
});

test("buttons press, a resting one does not, and the focus of one that goes away stays inside", async () => {
  await on({}, async (page) => {
    await page.evaluate(async () => {
      globalThis.element = make({ product: "a" });
      document.body.append(element);
      await turn();
      engines[0].show(PICTURES.five_minutes);
    });
    await page.getByRole("button", { name: "I have paid" }).click();
    await page.getByRole("button", { name: "Get a new code" }).click();
    await page.evaluate(() => engines[0].show(PICTURES.not_seen_yet));
    await page.getByRole("button", { name: "I have paid" }).press("Enter");
    assert.deepEqual(await page.evaluate(() => asked()), ["resume shown check renew"]);
    await page.evaluate(() => engines[0].show(PICTURES.paid));
    assert.equal(await page.evaluate(() => element.shadowRoot.activeElement.className), "panel");
  });
});

test("what the page wrote between the tags stays until there is something better, heard beside it", async () => {
  await on({}, async (page) => {
    await page.evaluate(async () => {
      globalThis.element = make({ product: "a" });
      put(element, "a", { href: "#pay" });
      put(element, "b", { slot: "header" });
      document.body.append(element);
      await turn();
    });
    const link = page.getByRole("link", { name: "a" });
    const sight = () => page.evaluate(() => {
      const { left, top } = element.querySelector("a").getBoundingClientRect();
      return [document.elementFromPoint(left + 1, top + 1)?.localName, inside(element, ".panel").hasAttribute("data-early")];
    });
    const heard = page.getByRole("status").filter({ hasText: "Preparing your code…" });
    assert.deepEqual([await link.isVisible(), await heard.count(), await sight()], [true, 1, ["a", true]]);
    assert.equal(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), true, "no jump");
    await page.evaluate(() => engines[0].show(PICTURES.waiting));
    assert.deepEqual([await link.isVisible(), (await sight())[1]], [false, false]);
    assert.equal(await page.getByRole("img", { name: /WeChat Pay code/ }).isVisible(), true);
    // Nothing of it comes back with a later loading.
    await page.evaluate(() => engines[0].show(PICTURES.renewing));
    assert.equal(await link.isVisible(), false);
  });
});

test("a slot of another name is no reason to wait, and a dialog shows nothing of the page's", async () => {
  await on({}, async (page) => {
    const shown = await page.evaluate(async () => {
      const named = make({ product: "a" });
      put(named, "b", { slot: "header" });
      const dialog = make({ product: "b", layout: "dialog" });
      put(dialog, "a");
      document.body.append(named, dialog);
      await turn();
      const before = inside(named, ".panel").hasAttribute("data-early");
      put(named, "i");
      await turn();
      return [before, inside(named, ".panel").hasAttribute("data-early"), named.querySelector("i").checkVisibility(),
        dialog.querySelector("a").checkVisibility()];
    });
    assert.deepEqual(shown, [false, true, true, false]);
  });
});
