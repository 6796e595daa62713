// The types of the API, generated from the released OpenAPI document (`npm run types`): page and API speak the same.
import type { components, paths } from "./openapi";

/** A type of the API by its name there. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

type Json<Answer> = Answer extends { content: { "application/json": infer Body } } ? Body : never;
type Answers<Operation> = Operation extends { responses: infer Responses } ? Json<Responses[keyof Responses & (200 | 201)]> : never;

/** Addresses that can be read. */
export type Readable = { [Path in keyof paths]: paths[Path] extends { get: { responses: unknown } } ? Path : never }[keyof paths];

/** What a read of an address answers. */
export type Read<Path extends Readable> = paths[Path] extends { get: infer Operation } ? Answers<Operation> : never;

/** What a command at an address takes. */
export type Body<Path extends keyof paths> = paths[Path] extends { post: { requestBody: { content: { "application/json": infer Given } } } } ? Given : never;

/** The answer to any command: where it stands, and what came of it. */
export type Done = Schema<"Done">;
