// What the checkouts' objects keep, read from their files while no runtime has them open.

import { copyFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { freshFolder } from "./project.mjs";

/** Every file of a checkout's object below `state`, where miniflare keeps them. */
export function checkoutFiles(state) {
  const folder = readdirSync(state).find((name) => name.endsWith("-CheckoutObject"));
  if (!folder) return [];
  const names = readdirSync(join(state, folder)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  return names.map((name) => join(state, folder, name));
}

/** Each checkout's id, revision and events: `{ id, revision, events }`. */
export function* histories(state) {
  for (const file of checkoutFiles(state)) {
    const found = opened(file, (database) => {
      const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'checkout'").get();
      if (!has) return undefined;
      const { opening, revision } = database.prepare("SELECT opening, revision FROM checkout").get() ?? {};
      if (!opening) return undefined;
      const events = database.prepare("SELECT number, notification_id, transaction_id, report FROM events ORDER BY seq").all();
      return { id: JSON.parse(opening).id, revision, events };
    });
    if (found) yield found;
  }
}

/** Bytes of an object's database as the runtime counts them: pages in use. */
export const databaseBytes = (file) => opened(file, (database) => {
  const pragma = (name) => database.prepare(`PRAGMA ${name}`).get()[name];
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
});

/** Looks into a copy: to read a database with a write-ahead log is to change it. */
function opened(file, look) {
  const folder = freshFolder("disk");
  try {
    for (const part of [file, `${file}-wal`].filter((path) => existsSync(path))) {
      copyFileSync(part, join(folder, basename(part)));
    }
    const database = new DatabaseSync(join(folder, basename(file)));
    try {
      return look(database);
    } finally {
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
