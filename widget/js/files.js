// The files that travel behind the script: its module and its words.

const kept = new Map();

/**
 * What `read` makes of a file, once for a document; after a failure the next who asks tries again.
 * Whatever else a server sends in its place, an error page above all, has another hash.
 *
 * @template Made
 * @param {{ url: string, integrity?: string }} file
 * @param {(response: Response) => Promise<Made>} read
 * @returns {Promise<Made>}
 */
export function fetchOnce({ url, integrity }, read) {
  if (!kept.has(url)) {
    const made = fetch(url, { integrity, credentials: "omit" }).then(read);
    made.catch(() => kept.delete(url));
    kept.set(url, made);
  }
  return kept.get(url);
}
