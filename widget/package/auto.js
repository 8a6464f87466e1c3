// `import "saoma/auto"` defines the element; everything else in the package leaves it to the app.

import { defineSaoma } from "./index.js";

defineSaoma();
