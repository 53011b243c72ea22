// The one scan that is being decided. Until the hub has answered nothing is green, and the scan is sent again with its id:
// by itself for half a minute, then by hand, also after somebody has signed in again.
import { newId } from "./hub_client.js";

const SHOW_WAITING_MS = 500;
const SHOW_LATE_MS = 2_500;
const RETRY_FOR_MS = 30_000;
const RETRY_MS = [1_000, 2_000, 3_000, 5_000];
const STORED = "doorward_scan";
const STORED_FOR_MS = 120_000;
const REMEMBERED = 20;

export class ScanQueue {
  #pending = null;
  #undecided = new Map(); // the ids of scans without an answer, by what was scanned: scanned again, they are the same scan

  // onState(word, details): what to show; onAnswer(page): the verdict; onReached(true | false).
  constructor(hub, user, { onState, onAnswer, onReached }) {
    Object.assign(this, { hub, user, onState, onAnswer, onReached });
    window.addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
  }

  get isBusy() {
    return this.#pending !== null;
  }

  // `fields`: pairs of the form; without "scan_id" the scan gets one.
  decide(fields) {
    if (this.isBusy) return;
    const key = JSON.stringify(fields);
    const id = this.#undecided.get(key) ?? newId();
    const sent = fields.some(([name]) => name === "scan_id") ? fields : [...fields, ["scan_id", id]];
    this.#begin({ key, id, sent, since: Date.now() });
  }

  retry() {
    const scan = this.#pending;
    if (!scan || scan.sending || scan.blocked) return;
    if (Date.now() - scan.since > STORED_FOR_MS) this.giveUp(); // whoever was scanned has gone on
    else {
      clearTimeout(scan.timer);
      this.#send(scan);
    }
  }

  retryByHand() {
    if (this.#pending) this.#pending.blocked = false;
    if (this.#pending) this.#pending.since = Date.now();
    this.retry();
  }

  giveUp() {
    if (!this.#pending) return;
    this.#remember(this.#pending);
    this.#finish();
    this.onState("given-up");
  }

  // Before somebody leaves the page to sign in again.
  store() {
    if (!this.#pending) return;
    const { key, id, sent, since } = this.#pending;
    sessionStorage.setItem(STORED, JSON.stringify({ key, id, sent, since, user: this.user }));
  }

  resume() {
    const text = sessionStorage.getItem(STORED);
    sessionStorage.removeItem(STORED);
    const scan = text ? JSON.parse(text) : null;
    if (!scan || scan.user !== this.user || Date.now() - scan.since > STORED_FOR_MS) return;
    this.#begin(scan);
  }

  #begin(scan) {
    this.#pending = { ...scan, tries: 0 };
    this.#send(this.#pending);
  }

  async #send(scan) {
    scan.sending = true;
    const first = scan.tries === 0;
    const waiting = setTimeout(() => first && this.onState("waiting"), SHOW_WAITING_MS);
    const late = setTimeout(() => first && this.onState("late"), SHOW_LATE_MS);
    const outcome = await this.hub.send(scan.sent);
    clearTimeout(waiting);
    clearTimeout(late);
    scan.sending = false;
    this.onReached(outcome.kind !== "away");
    if (scan !== this.#pending) return; // given up meanwhile: an answer that comes too late is in the list, and not green
    if (outcome.kind === "answer") {
      this.#undecided.delete(scan.key);
      this.#finish();
      this.onAnswer(outcome.page, scan);
    } else if (outcome.kind === "away") this.#later(scan);
    else {
      scan.blocked = outcome.kind === "problem";
      this.onState(outcome.kind, outcome);
    }
  }

  #later(scan) {
    if (scan.tries === 0) this.onState("away");
    if (Date.now() - scan.since > RETRY_FOR_MS) {
      this.giveUp();
      return;
    }
    const wait = RETRY_MS[Math.min(scan.tries, RETRY_MS.length - 1)];
    scan.tries += 1;
    scan.timer = setTimeout(() => this.#pending === scan && !scan.sending && this.#send(scan), wait);
  }

  #remember(scan) {
    this.#undecided.set(scan.key, scan.id);
    if (this.#undecided.size > REMEMBERED) this.#undecided.delete(this.#undecided.keys().next().value);
  }

  #finish() {
    clearTimeout(this.#pending?.timer);
    this.#pending = null;
  }
}
