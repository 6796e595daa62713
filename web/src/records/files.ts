// A file that a record names: fetched, its digest computed here, and only then given to the reader.
import { sha256 } from "../forms/digest";

/** A file as the venue lists it. */
export interface Named {
  sha256: string;
  /** Where in the record it is named, as a JSON Pointer. */
  named_at: string;
  /** Its size; null while nobody has handed it in. */
  bytes: number | null;
}

/** Fetches a file, compares, and saves it where it is the one that is named. */
export async function openFile(url: string, digest: string): Promise<"agrees" | "differs" | "failed"> {
  try {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) return "failed";
    const bytes = await answer.arrayBuffer();
    if ((await sha256(bytes)) !== digest) return "differs";
    const type = answer.headers.get("Content-Type") ?? "application/octet-stream";
    save(new Blob([bytes], { type }), `${digest.slice(0, 16)}.${ENDINGS[type.split(";")[0]!] ?? "bin"}`);
    return "agrees";
  } catch {
    return "failed";
  }
}

const ENDINGS: Readonly<Record<string, string>> = { "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/plain": "txt", "text/csv": "csv" };

/** Saves bytes under a name: nothing of a file runs in the page. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
