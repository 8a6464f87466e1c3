// A till in React: one product, one checkout, and thanks when it is paid.

import { useState } from "react";
import { createRoot } from "react-dom/client";
import { defineSaoma } from "saoma";
import { SaomaCheckout } from "saoma/react";

defineSaoma({ endpoint: "https://pay.example.com", assets: "/saoma/" });

function Till() {
  const [order, setOrder] = useState(null);
  return (
    <main>
      <h1>Oolong 250 g</h1>
      <SaomaCheckout product="oolong-250" quantity={1} onPaid={(event) => setOrder(event.detail.checkout)} />
      {order && <p id="thanks">Thank you. Your order is {order}.</p>}
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Till />);
