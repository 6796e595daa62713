// Refusals: RFC 9457 with a stable code (docs/FEEDS.md). What the page can say of one in the reader's language it says; else it
// shows the venue's own sentence, which is in both.

/** A sentence in both languages. */
export interface Said {
  zh: string;
  en: string;
}

/** A refusal, or an answer that never came. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  /** The venue's own sentences, in both languages. */
  readonly detail: Said;
  /** The member of the body that is meant, as `price`; null where none is. */
  readonly field: string | null;
  /** The limit or the days that the rule asks. */
  readonly hint: string | null;
  /** When to try again (ms), where that helps. */
  readonly retryAfter: number | null;

  constructor(code: string, status: number, detail: Said, more: { field?: string | null; hint?: string | null; retryAfter?: number | null } = {}) {
    super(`${code}: ${detail.en}`);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.field = more.field ?? null;
    this.hint = more.hint ?? null;
    this.retryAfter = more.retryAfter ?? null;
  }

  /** Whether it is not known what came of the request: only asking again under the same id tells. */
  get isUnknown(): boolean {
    return this.code === NO_ANSWER || this.code === "OUTCOME_UNKNOWN" || (this.status >= 500 && this.code === NOT_OURS);
  }
}

/** The page's own codes: no answer came; an answer that is not of the venue's form. */
export const NO_ANSWER = "NO_ANSWER";
export const NOT_OURS = "NOT_OURS";

/** Reads the body of a refusal. */
export function problem(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    if (typeof body["code"] === "string")
      return new Problem(body["code"], status, said(body["detail"] ?? body["title"]), {
        field: typeof body["field"] === "string" ? body["field"].replace(/^\//, "") : null,
        hint: typeof body["hint"] === "string" ? body["hint"] : null,
        retryAfter: typeof body["retry_after_ms"] === "number" ? body["retry_after_ms"] : null,
      });
  } catch {
    // Not JSON: said below.
  }
  return new Problem(NOT_OURS, status, said(`HTTP ${status}`));
}

/** A sentence that came in both languages, or one for both. */
export function said(detail: unknown): Said {
  if (typeof detail === "object" && detail !== null && "zh" in detail && "en" in detail) return { zh: String(detail.zh), en: String(detail.en) };
  const one = typeof detail === "string" ? detail : "";
  return { zh: one, en: one };
}
