/**
 * `npm test` with every matrix, seed and kill round instead of a fixed sample of them.
 *
 * The suites read `SAOMA_SOAK`; where it is not "1" they run the sample.
 */
process.env.SAOMA_SOAK = "1";
await import("./test.mjs");
