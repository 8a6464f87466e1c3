// What the program says when it is called with nothing.

export const HELP = `Does a WeChat Pay look-alike keep the platform's rules? Does a shop's notification address?

  npm run conformance -- http://127.0.0.1:8788
      checks a platform from the merchant's side: signs, verifies, orders, refunds, downloads bills,
      and listens for notifications. Begin here: \`npm run sandbox\` in one terminal, this in another.

  npm run conformance -- --endpoint https://shop.example/notify --merchant FILE [--order FILE]
      checks a merchant's notification address from the platform's side: genuine letters, forged
      ones, broken ones, and whether it still stands after each. For test systems only: with --order
      the shop is told that this order was paid.

Credentials
  --merchant FILE   JSON; conformance/README.md shows it. A platform that has GET /sandbox/merchant
                    needs none, and \`curl http://127.0.0.1:8788/sandbox/merchant\` makes one.
  --order FILE      {"out_trade_no", "total", "mchid", "appid", "transaction_id"?}: an order that
                    the endpoint knows. Without it, what depends on one is not tried.

A platform
  --driver NAME     who plays phone and clock: sandbox (the default where /sandbox/merchant is),
                    none, or a file of yours; conformance/drivers/none.mjs is the interface.
  --listen H:P      where notifications arrive (127.0.0.1, any free port)
  --announce URL    what notify_url begins with, if that is not http://H:P

What is checked, and how it is told
  --list            every check with its rule; with --endpoint=- those of endpoints
  --only ID[,ID…]   only these; refund.* for all whose id begins so
  --json            one JSON document in place of the table

Exit code: 0 nothing failed, 1 something did, 2 it could not begin, 130 stopped.
A platform that keeps time is moved forward by some ten days. Run it against a fresh one.
`;
