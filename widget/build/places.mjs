// Where the widget's build reads and writes.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const inProject = (...parts) => join(ROOT, ...parts);

/** What people write. */
export const SOURCES = inProject("widget");

/** Copies of the sources with what is generated beside them: what is bundled, and tests import. */
export const RAW = inProject("build", "widget-raw");

/** What a Worker serves: the evergreen script, and the folder of this version. */
export const SERVED = inProject("build", "widget");

/** The npm package. */
export const PACKAGE = inProject("build", "package");

/** The page on which every state can be looked at. */
export const GALLERY = inProject("build", "gallery");

/** Versions that pages may have pinned; they are served for ever. */
export const RELEASES = inProject("releases");

/** What cargo builds. */
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR || "target");
