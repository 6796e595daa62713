// Asking the venue over HTTP. Reads only: whatever moves something goes through the outbox.
import { NO_ANSWER, Problem, problem, said } from "./problem";
import type { Read, Readable } from "./types";

/** Longer than this nothing is waited for (PAGE.md 6.3). */
export const ANSWER_WITHIN = 5_000;

type Params = Record<string, string | number | boolean | undefined>;

/** An address with its places filled: `{symbol}` by `params.symbol`, the rest as its query. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    if (filled.includes(`{${name}}`)) filled = filled.replace(`{${name}}`, encodeURIComponent(value));
    else query.set(name, String(value));
  }
  return query.size > 0 ? `${filled}?${query}` : filled;
}

/** One request and its answer's JSON. Fails with a `Problem`, `NO_ANSWER` where none came in time. */
export async function request<Answer>(method: string, url: string, body?: unknown): Promise<Answer> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method,
      credentials: "same-origin",
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    text = await answer.text();
  } catch {
    throw new Problem(NO_ANSWER, 0, said(url));
  }
  if (!answer.ok) throw problem(answer.status, text);
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

/** Reads an address of the API. */
export function read<Path extends Readable>(path: Path, params?: Params): Promise<Read<Path>> {
  return request<Read<Path>>("GET", address(path, params));
}

/** A list in full, page by page, up to `most` entries: the bound of what a page of ours keeps in memory. */
export async function readAll<Path extends Readable>(path: Path, params: Params = {}, most = 5_000): Promise<ItemsOf<Path>[]> {
  const all: ItemsOf<Path>[] = [];
  let cursor: string | undefined;
  do {
    const page = (await read(path, { ...params, ...(cursor === undefined ? {} : { cursor }) })) as { items: ItemsOf<Path>[]; next?: string | null };
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && all.length < most);
  return all;
}

/** What a list of the API lists. */
export type ItemsOf<Path extends Readable> = Read<Path> extends { items: (infer Item)[] } ? Item : never;
