// The two live regions (PAGE.md 9): they are there from the first paint, and what is said in them is read aloud.

class Announcer {
  polite = $state("");
  assertive = $state("");

  /** Says it when the reader is idle: an extension, a fill, the line. */
  say(text: string): void {
    this.polite = text;
  }

  /** Says it now: outbid, refused, outcome unknown, won, lost, session over. */
  urge(text: string): void {
    this.assertive = text;
  }
}

/** The tab's announcer. */
export const announcer = new Announcer();
