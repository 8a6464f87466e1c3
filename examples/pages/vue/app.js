// A till in Vue: one product, one checkout, and thanks when it is paid.

import { createApp, h, ref } from "vue";
import { defineSaoma } from "saoma";
import { SaomaCheckout } from "saoma/vue";

defineSaoma({ endpoint: "https://pay.example.com", assets: "/saoma/" });

const Till = {
  setup() {
    const order = ref(null);
    const paid = (event) => (order.value = event.detail.checkout);
    return () => h("main", [
      h("h1", "Oolong 250 g"),
      h(SaomaCheckout, { product: "oolong-250", quantity: 1, onPaid: paid }),
      order.value && h("p", { id: "thanks" }, `Thank you. Your order is ${order.value}.`),
    ]);
  },
};

createApp(Till).mount("#root");
