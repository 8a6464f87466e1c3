// Whole matrices in a soak, a fixed sample of them otherwise.

/** Whether everything is wanted. */
export const isSoaking = process.env.SAOMA_SOAK === "1";

/** Every combination of one value from each of `axes`: `{ size: [1, 2], ratio: [3] }` makes two. */
export function combinations(axes) {
  return Object.entries(axes).reduce(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

/**
 * All of a matrix in a soak, else every `step`-th of it. A `step` that shares no divisor with the
 * lengths of the axes meets every value of every axis.
 */
export const sample = (matrix, step) =>
  (isSoaking ? matrix : matrix.filter((_, index) => index % step === 0));
