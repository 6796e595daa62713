// The AsyncAPI document has no error.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter(({ severity }) => severity === 0);
errors.forEach(({ message, path }) => console.error(`${path.join("/")}: ${message}`));
if (!document || errors.length > 0) process.exit(1);
