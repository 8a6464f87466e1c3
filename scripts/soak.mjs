/**
 * `npm test` with every matrix, seed and kill round instead of a fixed sample of them.
 *
 * The suites read `SAOMA_SOAK`; where it is not "1" they run the sample. Properties that name no
 * number of cases of their own have `PROPTEST_CASES` of them, 256 in `npm test`.
 */
process.env.SAOMA_SOAK = "1";
process.env.PROPTEST_CASES ??= "5000";
await import("./test.mjs");
