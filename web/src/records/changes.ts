// What changed between two versions of a record.

/** The members of the later version that differ from the earlier one; all of them where there is no earlier. */
export function changed(before: Readonly<Record<string, unknown>> | null, now: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (!before) return { ...now };
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}
