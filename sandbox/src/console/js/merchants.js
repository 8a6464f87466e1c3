// Merchants: who calls, with the credentials that their programs need. All of it is throw-away.

import { addresses } from "./addresses.js";
import { ask } from "./ask.js";
import { button } from "./doing.js";
import { h } from "./draw.js";
import { known } from "./feed.js";
import { fetched, forget } from "./fetched.js";
import { card, code, copy, copyUnseen, facts, heading, quiet, waiting } from "./pieces.js";

export const title = "Merchants";
export const counter = () => null;

const PATH = "/sandbox/merchants";
const FILES = [
  ["apiclient_key.pem", "its private key"], ["apiclient_cert.pem", "its certificate"],
  ["pub_key.pem", "WeChat Pay's public key"], ["platform_cert.pem", "WeChat Pay's certificate"],
  ["env", "all of it as shell variables"],
];

export function view() {
  const found = fetched(PATH, String(known.feed.credentials_changed ?? ""));
  return [
    heading("Merchants", quiet("Give these to your program. They open nothing but this sandbox.")),
    card("Where your program calls", { key: "host" },
      h("p", {}, code(location.origin), " ", copy(location.origin, "the address"), " instead of ", code("https://api.mch.weixin.qq.com"))),
    found.value ? found.value.data.map(merchant) : waiting(found),
  ];
}

function merchant(row) {
  const secret = (name, text) => text && [name, code(text), " ", copy(text, `${name} of ${row.mchid}`)];
  return card(`${row.kind === "partner" ? "Service provider" : "Merchant"} ${row.mchid}`, { key: row.mchid },
    facts(
      secret(row.kind === "partner" ? "sp_mchid" : "mchid", row.mchid),
      secret(row.kind === "partner" ? "sp_appid" : "appid", row.appid),
      secret("serial_no", row.serial_no),
      secret("APIv3 key", row.api_v3_key),
      secret("APIv2 key", row.api_v2_key),
      row.sub_merchants?.length > 0 && ["Sub-merchants", row.sub_merchants.map(({ sub_mchid, sub_appid }) =>
        h("span", { key: sub_mchid, class: "sub-merchant" }, code(sub_mchid), sub_appid ? ` with ${sub_appid}` : ""))],
    ),
    h("ul", { class: "files", "aria-label": `Files of ${row.mchid}` }, FILES.map(([name, words]) => h("li", { key: name },
      h("a", { class: "file", download: true, href: `/sandbox/files/${name}?${new URLSearchParams({ mchid: row.mchid })}` }, name),
      h("span", { class: "quiet" }, words)))),
    addresses(row.mchid),
    h("p", { class: "actions" },
      row.private_key_pem && copyUnseen(row.private_key_pem, "the private key"),
      button(`certificate ${row.mchid}`, "Issue another certificate", () => issue(row.mchid)),
      button(`v3 ${row.mchid}`, "Replace the APIv3 key", () => replace(row.mchid))));
}

async function issue(mchid) {
  await ask("POST", "/sandbox/merchant/certificate", { mchid });
  forget(PATH);
  return `Merchant ${mchid} has another certificate.`;
}

async function replace(mchid) {
  await ask("POST", "/sandbox/merchant/api-v3-key", { mchid });
  forget(PATH);
  return `Merchant ${mchid} has another APIv3 key.`;
}
