// One request to the sandbox: JSON in and out, and an error that says what the sandbox said, all of it
// under `said`.

export async function ask(method, path, body) {
  const reply = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await reply.text();
  let said = null;
  try {
    said = JSON.parse(text);
  } catch {
    // No JSON: nothing that this sandbox knows is there.
  }
  if (!reply.ok) throw Object.assign(new Error(said?.message ?? `The sandbox answered ${reply.status}.`), { said });
  return said;
}
