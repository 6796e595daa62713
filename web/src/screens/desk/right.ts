// What a row says of a right beside its title.

/** Its classification, or its class where it has none. */
export function ipc(right: Readonly<Record<string, unknown>>): string {
  const classes = right["classifications"];
  if (Array.isArray(classes) && classes.length > 0) {
    const first = classes[0] as unknown;
    return typeof first === "string" ? first : typeof first === "object" && first !== null && "code" in first ? String(first.code) : "";
  }
  return String(right["class"] ?? "");
}
