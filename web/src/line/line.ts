// One WebSocket for the whole tab (docs/FEEDS.md). Whoever follows a channel is given its frames; after a break the line goes on
// from the last number of each, and says what it is meanwhile. It knows no screen and paints nothing.
import type { FrameHead } from "./frames";
import { VenueClock } from "./clock";

/** How the line is: as the venue is now; nothing heard for three seconds; no network; caught up with what was missed. */
export type LineState = "live" | "stale" | "offline" | "resyncing";

/** No frame and no pong for so long, and the line is stale (ms). */
export const STALE_AFTER = 3_000;
/** A ping while something with a clock or a ladder is open, and else (ms). */
const PING_BUSY = 2_000;
const PING_IDLE = 15_000;
/** The longest wait between two tries to connect (ms). */
const WAIT_MAX = 8_000;
/** More symbols than this are not told one by one where to go on: a new snapshot of each is shorter than the question. */
const RESUME_MAX = 500;
/** Channels without a symbol: what is the caller's own, and signs of life. */
const OWN = new Set(["executions", "account", "records", "heartbeat"]);

/** A part of `WebSocket`, so that tests can bring a line of their own. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

/** What one wants of a channel. */
export interface Following {
  channel: string;
  /** A symbol, `*`, or none where the channel has none. */
  symbol?: string;
  /** Given each frame. Answer `resync` where it does not fit: then a snapshot is asked for. */
  frame(frame: FrameHead & Record<string, unknown>): "resync" | void;
  /** The venue refused to let it be followed, or ended it. */
  refused?(code: string): void;
  /** It has a clock or a ladder: pings go each 2 s instead of each 15 s. */
  busy?: boolean;
  /** Begins behind this number instead of with a snapshot: 0 gives a lot's log from its first step. Of a single symbol. */
  from?: number;
}

interface Channel {
  channel: string;
  symbol: string | undefined;
  followers: Set<Following>;
  /** The last number by symbol (`""` where the channel has none): where to go on after a break. */
  last: Map<string, number>;
  /** Asked for, and the venue has not answered yet: its question's number. */
  asked: number | null;
  /** The first frame after asking has not come yet. */
  behind: boolean;
  /** Where it begins, if not with a snapshot. */
  from: number | undefined;
}

function named({ channel, symbol }: Channel): Record<string, unknown> {
  return symbol === undefined ? { channel } : { channel, symbol };
}

/** The line of a tab. */
export class Line {
  readonly clock: VenueClock;
  readonly #open: () => Socket;
  readonly #channels = new Map<string, Channel>();
  readonly #watchers = new Set<() => void>();
  readonly #pings = new Map<number, number>();
  #socket: Socket | null = null;
  #isOpen = false;
  #network = true;
  #heard: number | null = null;
  #question = 0;
  #wait = 250;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #beat: ReturnType<typeof setInterval> | null = null;
  #pinged = -Infinity;
  #state: LineState = "stale";

  constructor(open: () => Socket, clock = new VenueClock()) {
    this.#open = open;
    this.clock = clock;
  }

  /** Connects, and stays so. */
  start(): void {
    this.#beat ??= setInterval(() => this.#tick(), 250);
    this.#connect();
  }

  /** Ends it for good. */
  stop(): void {
    if (this.#beat !== null) clearInterval(this.#beat);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#beat = null;
    this.#retry = null;
    this.#drop();
  }

  /** Connects anew: whoever asks is another one now, and what was private of the one before is forgotten. */
  restart(): void {
    for (const channel of this.#channels.values()) if (channel.symbol === undefined) channel.last.clear();
    this.#drop();
    this.#wait = 250;
    this.#connect();
  }

  /** The network is there, or is not (`navigator.onLine`). */
  network(there: boolean): void {
    this.#network = there;
    if (there) this.#connect();
    else this.#drop();
    this.#settle();
  }

  /** How the line is. */
  get state(): LineState {
    return this.#state;
  }

  /** Milliseconds since anything was heard; null where nothing ever was. */
  silence(): number | null {
    return this.#heard === null ? null : this.clock.mark() - this.#heard;
  }

  /** Calls back whenever `state` changed; the answer ends it. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Follows a channel; the answer ends it. The venue is asked once, however many follow the same. */
  follow(following: Following): () => void {
    const key = `${following.channel} ${following.symbol ?? ""}`;
    let channel = this.#channels.get(key);
    if (!channel) {
      channel = { channel: following.channel, symbol: following.symbol, followers: new Set(), last: new Map(), asked: null, behind: true, from: following.from };
      this.#channels.set(key, channel);
    } else if (!this.#isOpen || channel.asked !== null) channel.last.clear();
    channel.followers.add(following);
    // One who comes later has missed the snapshot, so it is asked for again.
    if (this.#isOpen) this.#ask(channel, channel.followers.size > 1);
    const mine = channel;
    return () => {
      mine.followers.delete(following);
      if (mine.followers.size > 0 || this.#channels.get(key) !== mine) return;
      this.#channels.delete(key);
      if (this.#isOpen) this.#send({ op: "unsubscribe", ...named(mine) });
      this.#settle();
    };
  }

  /** Asks for a sign of life now. */
  ping(): void {
    if (!this.#isOpen) return;
    const id = ++this.#question;
    this.#pinged = this.clock.mark();
    this.#pings.set(id, this.#pinged);
    if (this.#pings.size > 16) this.#pings.delete(this.#pings.keys().next().value!);
    this.#send({ op: "ping", id });
  }

  #connect(): void {
    if (this.#socket || !this.#network) return;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    const socket = this.#open();
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#wait = 250;
      this.#heard = this.clock.mark();
      this.ping();
      // A beat a second: silence then means that something is wrong, and never that the market is quiet.
      this.#send({ op: "subscribe", channel: "heartbeat" });
      for (const channel of this.#channels.values()) {
        channel.behind = true;
        this.#ask(channel, false);
      }
      this.#settle();
    };
    socket.onmessage = ({ data }) => this.#message(JSON.parse(String(data)));
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#drop();
      this.#settle();
      this.#retry = setTimeout(() => this.#connect(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, WAIT_MAX);
    };
  }

  #drop(): void {
    const socket = this.#socket;
    const wasOpen = this.#isOpen;
    this.#socket = null;
    this.#isOpen = false;
    this.#pings.clear();
    for (const channel of this.#channels.values()) channel.asked = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      // One that is not open yet is closed when it is: a browser complains of a socket that is closed before.
      if (wasOpen) socket.close();
      else socket.onopen = () => socket.close();
    }
  }

  #ask(channel: Channel, anew: boolean): void {
    if (anew) {
      channel.last.clear();
      this.#send({ op: "unsubscribe", ...named(channel) });
    }
    if (channel.from !== undefined && !channel.last.has(channel.symbol ?? "")) channel.last.set(channel.symbol ?? "", channel.from);
    channel.asked = ++this.#question;
    const all = channel.last.size > 0 && channel.last.size <= RESUME_MAX ? Object.fromEntries(channel.last) : undefined;
    const from = channel.symbol === "*" ? all : channel.last.get(channel.symbol ?? "");
    this.#send({
      op: "subscribe",
      id: channel.asked,
      ...named(channel),
      ...(from === undefined ? {} : { from_seq: from }),
    });
  }

  #send(message: Record<string, unknown>): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #message(message: Record<string, unknown>): void {
    this.#heard = this.clock.mark();
    if (message["op"] === "pong") {
      const sent = this.#pings.get(message["id"] as number);
      this.#pings.delete(message["id"] as number);
      if (sent !== undefined) this.clock.pong(sent, message["at"] as string);
    } else if (typeof message["code"] === "string") this.#refusal(message);
    else if (message["op"] === "subscribe") {
      for (const channel of this.#channels.values())
        if (channel.asked === message["id"]) {
          channel.asked = null;
          channel.behind = false;
        }
    } else if (typeof message["type"] === "string") this.#frame(message as unknown as FrameHead & Record<string, unknown>);
    this.#settle();
  }

  #refusal(problem: Record<string, unknown>): void {
    for (const channel of this.#channels.values()) {
      const meant = channel.asked !== null && channel.asked === problem["id"];
      if (!meant && !(problem["op"] === "ended" && problem["channel"] === channel.channel)) continue;
      channel.asked = null;
      channel.behind = false;
      for (const follower of channel.followers) follower.refused?.(problem["code"] as string);
    }
  }

  #frame(frame: FrameHead & Record<string, unknown>): void {
    this.clock.frame(frame.sent_at);
    const symbol = OWN.has(frame.channel) ? "" : (frame.symbol ?? "");
    for (const key of [`${frame.channel} ${symbol}`, `${frame.channel} *`]) {
      const channel = this.#channels.get(key);
      if (!channel) continue;
      channel.last.set(symbol, frame.seq);
      let anew = false;
      for (const follower of [...channel.followers]) if (follower.frame(frame) === "resync") anew = true;
      if (anew && channel.asked === null) {
        channel.behind = true;
        this.#ask(channel, true);
      }
    }
  }

  #tick(): void {
    // After a sleep nothing that is known is fresh: a new socket tells at once whether the old one still lived.
    if (this.clock.slept()) {
      this.#heard = null;
      this.restart();
    }
    const busy = [...this.#channels.values()].some((channel) => [...channel.followers].some((follower) => follower.busy)) ;
    if (this.clock.mark() - this.#pinged >= (busy ? PING_BUSY : PING_IDLE)) this.ping();
    const silence = this.silence() ?? 0;
    if (silence > STALE_AFTER * 4 && this.#socket && this.#isOpen) this.restart();
    this.#settle();
  }

  #settle(): void {
    const silence = this.silence();
    const state: LineState = !this.#network
      ? "offline"
      : !this.#isOpen || silence === null || silence > STALE_AFTER
        ? "stale"
        : [...this.#channels.values()].some((channel) => channel.behind)
          ? "resyncing"
          : "live";
    if (state === this.#state) return;
    this.#state = state;
    for (const changed of this.#watchers) changed();
  }
}
