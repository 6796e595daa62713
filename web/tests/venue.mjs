// A venue of our own for a walk: the demo market in a temporary folder, on any port, ended with the walk.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Starts the demo of this program; `bots` orders a second. */
export async function startVenue(program, { bots = 5, folder, listen = "127.0.0.1:0" } = {}) {
  const home = folder ?? (await mkdtemp(join(tmpdir(), "zhiheng-page-")));
  let running = await launch(program, home, listen, bots);
  const { base } = running;
  return {
    base,
    home,
    /** The process that runs now. */
    get pid() {
      return running.pid;
    },
    /** Ends it at once, in the midst of whatever it does, as a power cut would. */
    kill: () => running.end("SIGKILL"),
    /** Starts it again where it was, on what it had written. */
    async again() {
      running = await launch(program, home, new URL(base).host, bots);
    },
    /** Ends it; its folder stays where `keep` is said. */
    async stop({ keep = false, signal = "SIGTERM" } = {}) {
      await running.end(signal);
      if (!keep) await rm(home, { recursive: true, force: true });
    },
  };
}

async function launch(program, home, listen, bots) {
  const child = spawn(program, ["--yes", "--listen", listen, "--data-dir", join(home, "data"), "--bots", String(bots)], { stdio: ["ignore", "pipe", "pipe"], cwd: home });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  let said = "";
  const base = await new Promise((resolve, reject) => {
    const hear = (chunk) => {
      // Only until it is ready: a venue of long walks says much.
      said = (said + chunk).slice(-20_000);
      const ready = /^ready (http:\/\/\S+)/m.exec(said);
      if (ready) resolve(ready[1]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    void ended.then((code) => reject(new Error(`the venue ended with ${code}:\n${said}`)));
  });
  return {
    base,
    pid: child.pid,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
