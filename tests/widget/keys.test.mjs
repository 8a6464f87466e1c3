// The page's name for a purchase: one order however often the page is loaded, another one for whoever
// wants another.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ENDPOINT, ImaginedPage } from "../harness/imagined-page.mjs";

/** A page of a tab: what the tab keeps outlives it. */
function visit(storage, { navigation = "navigate", isActive = false, isBlocked = false } = {}) {
  const page = new ImaginedPage();
  if (storage) page.storage = storage;
  page.navigation = navigation;
  page.userActivation.hasBeenActive = isActive;
  page.isStorageBlocked = isBlocked;
  const slot = (product = "tea", quantity = 1) => new page.saoma.Slot(ENDPOINT, product, quantity);
  return { page, storage: page.storage, slot };
}

test("a key is 128 bits of chance, and stays", () => {
  const { slot, storage } = visit();
  const key = slot().key();
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.equal(slot().key(), key);
  assert.equal(visit(storage, { navigation: "reload" }).slot().key(), key);
  assert.equal(visit(storage).slot().key(), key);
});

test("every product, quantity and Worker has its own", () => {
  const { page, slot } = visit();
  const other = new page.saoma.Slot("https://other.example", "tea", 1);
  const keys = [slot("tea", 1), slot("tea", 2), slot("cup", 1), other].map((one) => one.key());
  assert.equal(new Set(keys).size, 4);
});

test("after a payment the next visit buys anew, and a reload still finds what was paid", () => {
  const { slot, storage } = visit();
  const key = slot().key();
  slot().spend();
  for (const navigation of ["reload", "back_forward"]) {
    const reloaded = visit(storage, { navigation });
    assert.equal(reloaded.slot().key(), key);
    // Seeing it again as paid spends it again.
    reloaded.slot().spend();
  }
  assert.notEqual(visit(storage).slot().key(), key);
});

test("in the document that saw the payment, the same tag buys anew", () => {
  const { slot } = visit(undefined, { navigation: "reload" });
  const key = slot().key();
  slot().spend();
  assert.notEqual(slot().key(), key);
});

test("whoever has pressed something since the reload wants another one", () => {
  const { slot, storage } = visit();
  const key = slot().key();
  slot().spend();
  assert.notEqual(visit(storage, { navigation: "reload", isActive: true }).slot().key(), key);
});

test("what is forgotten is drawn anew, and nothing is spent that is not there", () => {
  const { slot, storage } = visit();
  slot().spend();
  assert.equal(storage.kept.size, 0);
  const key = slot().key();
  slot().forget();
  assert.equal(storage.kept.size, 0);
  assert.notEqual(slot().key(), key);
});

test("where storage is blocked, a document still has one key for a purchase", () => {
  const { slot } = visit(undefined, { isBlocked: true });
  const key = slot().key();
  assert.equal(slot().key(), key);
  slot().spend();
  const next = slot().key();
  assert.notEqual(next, key);
  slot().forget();
  assert.notEqual(slot().key(), next);
});

test("storage that is full is as good as blocked", () => {
  const { page, slot } = visit();
  page.storage.setItem = () => {
    throw new Error("quota");
  };
  const key = slot().key();
  assert.equal(slot().key(), key);
});

test("a key that another element has drawn meanwhile is neither forgotten nor spent", () => {
  const { slot, storage } = visit();
  const [one, other] = [slot(), slot()];
  assert.equal(other.key(), one.key());
  one.forget();
  const next = one.key();
  other.spend();
  other.forget();
  assert.deepEqual([...storage.kept.values()], [next]);
  assert.equal(other.key(), next);
  other.spend();
  assert.deepEqual([...storage.kept.values()], [`spent:${next}`]);
});
