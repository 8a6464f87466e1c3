/**
 * Other tabs of this origin that follow the same order: what is over in one is over in all.
 *
 * Only last words are spread: a tab that sees "paid" a second later by itself loses nothing, and
 * one that sleeps learns it at once. The token stays where it is, since it is a capability.
 */

import { isOver } from "./news.js";

/**
 * Hears and speaks about orders at `endpoint`. Nothing happens in browsers without the channel.
 *
 * @param {string} endpoint
 * @param {(order: string, json: object) => void} told Another tab saw this of that order.
 * @returns {{ spread(order: string, json: object): void, close(): void }}
 */
export function joinTabs(endpoint, told) {
  let channel;
  try {
    channel = new BroadcastChannel(`saoma:${endpoint}`);
  } catch {
    return { spread() {}, close() {} };
  }
  channel.onmessage = ({ data }) => {
    if (typeof data?.order === "string" && isOver(data.json?.status)) told(data.order, data.json);
  };
  return {
    spread(order, { client_token, ...json }) {
      if (isOver(json.status)) channel.postMessage({ order, json });
    },
    close() {
      channel.onmessage = null;
      channel.close();
    },
  };
}
