import { morph } from "./morph.js";

// Figures that follow the event: the stream says "look", and what is marked with data-live is fetched anew. A page without
// a stream says by data-refresh how many seconds lie between two looks. The numbers of the navigation follow on every page.

const SLOWEST_MS = 30_000;
const AGAIN_MS = 5_000;
const COUNTERS_MS = 3_000; // the numbers of the navigation need not follow every scan

export function goLive() {
  const source = document.querySelector("[data-stream]");
  const paced = document.querySelector("[data-refresh]");
  const counters = document.querySelector("[data-counters]")?.dataset.counters;
  const lookAtPage = calm(() => refreshPage(source), 1000);
  const lookAtCounters = counters ? calm(() => refreshCounters(counters), COUNTERS_MS) : () => {};
  const look = () => {
    if (source) lookAtPage();
    lookAtCounters();
  };
  if (paced && !source) {
    setInterval(lookAtPage, paced.dataset.refresh * 1000);
    document.addEventListener("visibilitychange", lookAtPage);
  }
  const stream = source?.dataset.stream ?? (counters && `${counters}/live`);
  if (!stream) return;
  const isFollowing = follow(stream, look, document.querySelector("[data-stream-state]"));
  const fallback = source?.dataset.fallback; // the stream sends what is new itself: look only while there is none
  if (fallback) setInterval(() => isFollowing() || look(), fallback * 1000);
  if (paced || !fallback) setInterval(look, paced ? paced.dataset.refresh * 1000 : SLOWEST_MS); // times that pass ("6 min ago") change without any news
}

// A browser has six connections to a hub: a tab that nobody looks at gives its stream back, and looks when it is shown again.
function follow(address, look, mark) {
  const say = (state) => mark?.setAttribute("data-stream-state", state);
  let stream = null;
  let missed = false;
  let ended = false; // what the page is about is over: nothing more comes
  const listen = () => {
    if (stream || ended || document.hidden) return;
    const opened = new EventSource(address);
    stream = opened;
    opened.addEventListener("look", look);
    opened.addEventListener("part", (news) => swap(parse(news.data)));
    opened.addEventListener("open", () => {
      if (missed) look(); // something may have happened meanwhile
      missed = false;
      say("on");
    });
    opened.addEventListener("error", () => {
      missed = true;
      say("off");
      if (opened.readyState !== EventSource.CLOSED) return;
      stop(); // refused: nobody else tries again
      setTimeout(listen, AGAIN_MS);
    });
    opened.addEventListener("end", () => {
      ended = true;
      stop();
      look();
    });
    opened.addEventListener("over", () => {
      opened.close();
      location.reload();
    });
  };
  const stop = () => {
    stream?.close();
    stream = null;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stop();
      missed = true;
    } else {
      look();
      listen();
    }
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", listen);
  listen();
  return () => stream?.readyState === EventSource.OPEN;
}

// Returns a function that acts at once, and again after a while if it was called meanwhile.
function calm(act, pause) {
  let busy = false;
  let again = false;
  const run = async () => {
    if (document.hidden) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await act();
    } catch {
      // the hub is away: the stream comes back by itself, and says so
    }
    setTimeout(() => {
      busy = false;
      if (again) {
        again = false;
        run();
      }
    }, pause);
  };
  return run;
}

async function refreshPage(source) {
  if (document.querySelector("dialog[open]")) return;
  const address = new URL(location.href);
  if (source?.dataset.since) address.searchParams.set("since", source.dataset.since); // how many are new, not the list
  const answer = await request(address, "live");
  if (answer.redirected || answer.status === 403) location.reload();
  else if (answer.ok) swap(await parsed(answer));
}

async function refreshCounters(address) {
  const answer = await request(address, "counters");
  if (!answer.ok || answer.redirected) return; // the next page that is opened says why
  for (const fresh of (await parsed(answer)).querySelectorAll(".nav-count")) {
    const shown = document.getElementById(fresh.id);
    if (shown && !shown.isEqualNode(fresh)) morph(shown, fresh);
  }
}

function request(address, fragment) {
  return fetch(address, { headers: { "X-Fragment": fragment, Accept: "text/html" }, credentials: "same-origin" });
}

async function parsed(answer) {
  return parse(await answer.text());
}

function parse(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

function swap(fresh) {
  const focused = document.activeElement;
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const now = fresh.getElementById(part.id);
    if (now && !now.isEqualNode(part) && !part.matches(":hover:has([data-hover])")) morph(part, now);
  }
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true }); // it was moved
}
