// What can be wrong with a log. Each fault has a name of its own, which the texts say in both languages; what it says more of
// is given along.
import type { verify } from "../../../texts/verify";

/** The names of faults: those that the texts know. */
export type FaultName = keyof (typeof verify)["zh"]["faults"];

/** A point that the log alone cannot settle, and takes the venue's word for. */
export interface Note {
  note: keyof (typeof verify)["zh"]["notes"];
  given: readonly string[];
}

/** A step, or a line, that does not hold. */
export class Wrong extends Error {
  readonly fault: FaultName;
  readonly given: readonly string[];

  constructor(fault: FaultName, given: readonly string[]) {
    super(`${fault}${given.length > 0 ? ` (${given.join(", ")})` : ""}`);
    this.name = "Wrong";
    this.fault = fault;
    this.given = given;
  }
}

/** What a log's check was at when it failed. */
export type Stage = "form" | "chain" | "signature" | "rules" | "whole";

/** The first place of a log that does not hold. */
export class Fault extends Error {
  readonly line: number;
  readonly seq: number | null;
  readonly stage: Stage;
  readonly wrong: Wrong;

  constructor(line: number, seq: number | null, stage: Stage, wrong: Wrong) {
    super(`line ${line}${seq === null ? "" : `, seq ${seq}`}: ${wrong.message}`);
    this.name = "Fault";
    this.line = line;
    this.seq = seq;
    this.stage = stage;
    this.wrong = wrong;
  }
}

/** Nothing where this holds; else it is wrong in this way. */
export function ensure(holds: boolean, fault: FaultName, ...given: readonly (string | number | bigint)[]): asserts holds {
  if (!holds) throw new Wrong(fault, given.map(String));
}
