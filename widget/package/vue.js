// <SaomaCheckout> for Vue 3: events are emitted, and the element is exposed.
//
// A server renders the tag and touches nothing else.

import { defineComponent, h, onMounted, ref } from "vue";
import { ATTRIBUTES, EVENTS, attributesOf } from "./attributes.js";
import { defineSaoma } from "./index.js";

/** A prop without a type takes anything, and `undefined` when nothing is given, flags included. */
const props = Object.fromEntries([...Object.keys(ATTRIBUTES), "messages"].map((name) => [name, null]));

/** "paid" is the tag's listener `onSaomaPaid`. */
const listenerOf = (event) => `onSaoma${event[0].toUpperCase()}${event.slice(1)}`;

export const SaomaCheckout = defineComponent({
  name: "SaomaCheckout",
  props,
  emits: EVENTS,
  setup(props, { emit, slots, expose }) {
    const element = ref(null);
    const listeners = EVENTS.map((event) => [listenerOf(event), (news) => emit(event, news)]);
    onMounted(() => defineSaoma());
    expose({ element });
    return () => h("saoma-checkout", {
      ref: element,
      ...tagOf(props),
      ...Object.fromEntries(listeners),
    }, slots.default?.());
  },
});

/** Vue would set a property where the element has one; `^` makes an attribute, `.` a property. */
function tagOf({ messages, ...props }) {
  const [ours] = attributesOf(props);
  const rows = Object.entries(ours).map(([name, value]) => [`^${name}`, value === true ? "" : value]);
  return Object.fromEntries(messages ? [...rows, [".messages", messages]] : rows);
}
