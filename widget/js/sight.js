// Whether there is anybody to make an order for.

/** Calls `seen` once `element` has come into view; what it answers stops the waiting. */
export function whenSeen(element, seen) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    seen();
  });
  observer.observe(element);
  return () => observer.disconnect();
}
