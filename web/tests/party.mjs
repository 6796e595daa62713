// Somebody of the demo beside the browser: signs in as the page does, and asks and acts over HTTP. What a walk needs of others (a
// seller, another bidder, an operator) is done by these, so that what the page shows comes of real acts and nobody waits for chance.
import { randomUUID } from "node:crypto";

/** Signs in somebody of the demo. */
export async function party(base, name) {
  const answer = await fetch(`${base}/v1/demo/session`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }) });
  if (!answer.ok) throw new Error(`${name} does not get in: ${await answer.text()}`);
  const cookie = answer.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  const { account_ids, entity_id } = await answer.json();
  const ask = async (method, path, body) => {
    const said = await fetch(base + path, { method, headers: { Cookie: cookie, Origin: base, ...(body === undefined ? {} : { "Content-Type": "application/json" }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await said.text();
    return { status: said.status, said: text === "" ? null : JSON.parse(text) };
  };
  return {
    name,
    cookie,
    account: account_ids[0],
    entity: entity_id,
    ask,
    read: async (path) => (await ask("GET", path)).said,
    /** Gives a command, which the venue takes. */
    async give(path, body) {
      const { status, said } = await ask("POST", path, { client_id: randomUUID(), ...body });
      if (status >= 300) throw new Error(`${name} gives ${path}: ${status} ${JSON.stringify(said)}`);
      return said;
    },
  };
}
