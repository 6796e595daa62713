// A venue of our own for a walk: the demo market in a temporary folder, on any port, ended with the walk.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Starts the demo of this program; `bots` orders a second. */
export async function startVenue(program, { bots = 5, folder, listen = "127.0.0.1:0" } = {}) {
  const home = folder ?? (await mkdtemp(join(tmpdir(), "zhiheng-page-")));
  const child = spawn(program, ["--yes", "--listen", listen, "--data-dir", join(home, "data"), "--bots", String(bots)], { stdio: ["ignore", "pipe", "pipe"], cwd: home });
  let said = "";
  const base = await new Promise((resolve, reject) => {
    const hear = (chunk) => {
      said += chunk;
      const ready = /^ready (http:\/\/\S+)/m.exec(said);
      if (ready) resolve(ready[1]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", (chunk) => (said += chunk));
    child.on("exit", (code) => reject(new Error(`the venue ended with ${code}:\n${said}`)));
  });
  return {
    base,
    home,
    /** Ends it; its folder stays where `keep` is said. */
    async stop({ keep = false, signal = "SIGTERM" } = {}) {
      const ended = new Promise((resolve) => child.on("exit", resolve));
      child.removeAllListeners("exit");
      child.on("exit", () => undefined);
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill(signal);
        await gone;
      } else await Promise.race([ended, Promise.resolve()]);
      if (!keep) await rm(home, { recursive: true, force: true });
    },
  };
}
