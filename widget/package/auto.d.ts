// Importing this defines <saoma-checkout>; its types are the package's.

import "./index.js";

export {};
