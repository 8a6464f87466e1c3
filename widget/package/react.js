"use client";
// <SaomaCheckout> for React 18 and 19: events are props, and the element is the ref.
//
// A server renders the tag and touches nothing else. React does not take an element out for a
// StrictMode re-mount, so it keeps its order; nor does one that is taken out and put back in a turn.

import { createElement, forwardRef, useEffect, useImperativeHandle, useLayoutEffect, useRef } from "react";
import { attributesOf, EVENTS } from "./attributes.js";
import { defineSaoma } from "./index.js";

// A listener has to stand before the element says its first word, which is after the page's turn;
// on a server the one would warn and the other does nothing.
const useMounted = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** "paid" is the prop `onPaid`. */
const propOf = (event) => `on${event[0].toUpperCase()}${event.slice(1)}`;

export const SaomaCheckout = forwardRef(function SaomaCheckout(props, ref) {
  const { messages, children, ...rest } = props;
  const element = useRef(null);
  const newest = useRef(props);
  useMounted(() => {
    newest.current = props;
  });
  useMounted(() => listen(element.current, newest), []);
  useMounted(() => {
    if (!messages) return undefined;
    const { current } = element;
    current.messages = messages;
    // Taken back, the widget's own words are there again.
    return () => void (current.messages = {});
  }, [messages]);
  useImperativeHandle(ref, () => element.current, []);
  // The element writes its state onto itself, maybe before React takes a server's page over.
  const own = { ref: element, suppressHydrationWarning: true };
  return createElement("saoma-checkout", { ...tagOf(rest), ...own }, children);
});

/** Hears every event, for whichever handler is the newest; what it returns stops that. */
function listen(element, newest) {
  const hearing = new AbortController();
  for (const event of EVENTS) {
    const told = (news) => newest.current[propOf(event)]?.(news);
    element.addEventListener(`saoma-${event}`, told, { signal: hearing.signal });
  }
  defineSaoma();
  return () => hearing.abort();
}

/** Props of React → attributes of the tag; whatever is not ours goes through as it is. */
function tagOf(props) {
  const [ours, others] = attributesOf(props);
  for (const event of EVENTS) delete others[propOf(event)];
  // Before React 19 an unknown element takes `class` and no `className`.
  const { className, ...rest } = others;
  return className === undefined ? { ...rest, ...ours } : { ...rest, ...ours, class: className };
}
