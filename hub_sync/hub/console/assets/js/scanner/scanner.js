// The scanner page: codes from the camera, from a hand-held scanner, typed or searched go to the hub, its verdict comes back.
import { Camera } from "./camera.js";
import { Debounce, TWO_CODES } from "./debounce.js";
import { HubClient } from "./hub_client.js";
import { KeyScanner, withoutFrame } from "./key_scanner.js";
import { ScanQueue } from "./scan_queue.js";
import { Tones } from "./tones.js";

const GREEN_MS = 4_000;
const OTHER_MS = 12_000; // a refusal stays for its questions
const SEARCH_AFTER_MS = 250;
const LOOK_EVERY_MS = 20_000;
const MIN_LETTERS = 3;

const root = document.querySelector("[data-scanner]");
if (root) start();

function start() {
  const find = (selector) => root.querySelector(selector);
  const verdict = find("[data-verdict]");
  const recent = find("[data-recent]");
  const note = find("[data-note]");
  const place = find("[data-place]");
  const codeForm = find(".scanner-code");
  const link = document.querySelector("[data-link-state]");
  const hub = new HubClient(codeForm);
  const tones = new Tones();
  const debounce = new Debounce();
  const memory = `doorward_checkpoint_${root.dataset.event}`;
  let readyTimer = 0;

  // --- the verdict --------------------------------------------------------------------------------

  function show(body) {
    clearTimeout(readyTimer);
    note.hidden = true;
    verdict.replaceChildren(body);
    for (const button of verdict.querySelectorAll("[data-cancel]")) button.hidden = false;
    const colour = body.dataset.colour;
    if (colour !== "idle" && checkpoint()) place.querySelector("[data-point]").open = false; // it would cover the verdict
    if (colour !== "idle" && !isStuck()) readyTimer = setTimeout(toReady, colour === "green" && !body.querySelector("details") ? GREEN_MS : OTHER_MS);
    tones.play(body.dataset.tone);
  }

  function showState(name, details = {}) {
    const body = find(`template[data-state="${name}"]`).content.cloneNode(true).querySelector("[data-verdict-body]");
    if (details.sentence || details.title) {
      body.querySelector("[data-verdict-sentence]").textContent = [details.title, details.sentence].filter(Boolean).join(". ").replace(/([.!?])\. /, "$1 ");
    }
    show(body);
  }

  function toReady() {
    if (isQuestionOpen() || verdict.matches(":focus-within")) readyTimer = setTimeout(toReady, 1_000);
    else showIdle();
  }

  function showIdle() {
    if (!checkpoint()) showState("choose");
    else showState(camera.isOn ? "ready" : "ready-by-hand");
  }

  const isStuck = () => queue.isBusy;
  const isQuestionOpen = () => root.querySelector("[data-override][open], [data-person][open]") !== null;

  function onAnswer(page, scan) {
    for (const row of page.querySelectorAll("[data-scan]")) addRow(document.adoptNode(row));
    const undecided = page.querySelector("[data-undecided]");
    if (undecided) refresh();
    show(document.adoptNode(page.querySelector("[data-verdict-body]")));
    const kind = new Map(scan.sent).get("kind");
    if (kind === "typed" && !undecided) {
      codeForm.elements.code.value = "";
      codeForm.elements.code.select();
    }
    if (kind === "person") clearSearch();
  }

  function addRow(row) {
    recent.querySelector(`[data-scan="${CSS.escape(row.dataset.scan)}"]`)?.remove();
    recent.prepend(row);
    while (recent.children.length > Number(recent.dataset.limit)) recent.lastElementChild.remove();
  }

  const queue = new ScanQueue(hub, root.dataset.user, { onState: showState, onAnswer, onReached: setReached });

  // --- what is scanned ----------------------------------------------------------------------------

  const checkpoint = () => place.querySelector("[name=checkpoint]:checked")?.value ?? "";
  const direction = () => root.dataset.direction;

  function decide(fields) {
    if (!checkpoint()) {
      showState("choose");
      return false;
    }
    queue.decide([["checkpoint_id", checkpoint()], ["direction", direction()], ...fields]);
    return true;
  }

  function onCodes(texts) {
    const now = Math.round(performance.now());
    if (queue.isBusy || isQuestionOpen() || !checkpoint()) return debounce.keepInView(texts, now);
    const next = debounce.nextCode(texts, now);
    if (next === TWO_CODES) showState("two-codes");
    else if (next !== null) decide([["kind", "code"], ["code", next]]);
  }

  function onHandScan(text, readings) {
    if (isQuestionOpen()) {
      note.hidden = false;
      return tones.play("warning");
    }
    if (queue.isBusy) return tones.play("warning"); // the verdict says that another scan is not decided yet
    if (!debounce.isDue(text, Math.round(performance.now()))) return;
    if (!decide([["kind", "code"], ["code", text], ...readings.map((reading) => ["reading", reading])])) debounce.release(text);
  }

  new KeyScanner(onHandScan);

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    if (form === place || form.matches("[data-search]")) return;
    if (queue.isBusy) return;
    const fields = [...new FormData(form)].filter(([name]) => !["csrf", "form_token", "draft"].includes(name));
    if (form === codeForm) return decideTyped();
    if (form.closest("[data-person]")) {
      const id = new Map(fields).get("participant_id");
      form.closest("[data-person]").open = false;
      return decide([["kind", "person"], ["participant_id", id]]);
    }
    form.closest("[data-override]").open = false;
    queue.decide(fields);
  });

  function decideTyped() {
    const text = withoutFrame(codeForm.elements.code.value);
    if (text) decide([["kind", "typed"], ["code", text]]);
    else codeForm.elements.code.focus();
  }

  root.addEventListener("click", (event) => {
    const button = event.target.closest("button, a");
    if (!button) return;
    if (button.matches("[data-retry]")) queue.retryByHand();
    else if (button.matches("[data-give-up-scan]")) queue.giveUp();
    else if (button.matches("[data-sign-in]")) queue.store();
    else if (button.matches("[data-cancel]")) {
      const details = button.closest("details");
      details.open = false;
      details.querySelector("summary").focus();
    }
  });

  root.addEventListener("toggle", (event) => {
    if (event.target.matches?.("[data-override][open]")) event.target.querySelector("[data-reason], [type=checkbox]").focus();
  }, { capture: true });

  root.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest("details[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  // --- where ----------------------------------------------------------------------------------------

  function applyPlace() {
    const chosen = place.querySelector("[name=checkpoint]:checked");
    place.querySelector("[data-point-name]").textContent = chosen?.dataset.name ?? place.querySelector("[data-point-name]").dataset.none;
    const ways = place.querySelector("[data-way]");
    ways.hidden = !chosen;
    if (!chosen) return;
    ways.dataset.way = chosen.dataset.direction;
    if (chosen.dataset.direction !== "bidirectional") ways.querySelector(`[value=${chosen.dataset.direction}]`).checked = true;
    root.dataset.direction = ways.querySelector(":checked").value;
    localStorage.setItem(memory, JSON.stringify({ id: chosen.value, direction: root.dataset.direction }));
  }

  function restorePlace() {
    let stored = {};
    try {
      stored = JSON.parse(localStorage.getItem(memory) ?? "{}");
    } catch {
      localStorage.removeItem(memory);
    }
    const known = stored.id && [...place.querySelectorAll("[name=checkpoint]")].find((radio) => radio.value === stored.id);
    if (known) {
      known.checked = true;
      if (["entry", "exit"].includes(stored.direction)) place.querySelector(`[name=direction][value=${stored.direction}]`).checked = true;
    }
    applyPlace();
  }

  place.addEventListener("change", (event) => {
    applyPlace();
    if (event.target.name === "checkpoint" && !place.matches(":has([name=checkpoint]:focus-visible)")) place.querySelector("[data-point]").open = false;
    if (!queue.isBusy) showIdle();
  });

  // The checkpoints may have changed: a deleted one disappears, and nothing is chosen in its place. So may the list of scans,
  // if this user scans elsewhere, too.
  async function refresh() {
    const page = await hub.reload();
    const places = page?.querySelector("[data-point-list]");
    if (!places) return;
    const before = checkpoint();
    place.querySelector("[data-point-list]").replaceChildren(...document.adoptNode(places).childNodes);
    for (const radio of place.querySelectorAll("[name=checkpoint]")) radio.checked = radio.value === before;
    applyPlace();
    if (!checkpoint()) place.querySelector("[data-point]").open = true;
    recent.replaceChildren(...document.adoptNode(page.querySelector("[data-recent]")).childNodes);
  }

  // --- people ---------------------------------------------------------------------------------------

  const searchBox = find("#q");
  let searchTimer = 0;

  async function search() {
    const query = searchBox.value.trim();
    const people = find("[data-people]");
    if (query.length < MIN_LETTERS) return people.replaceChildren();
    const fresh = await hub.search(query);
    if (searchBox.value.trim() !== query) return; // there is a newer search
    if (fresh) people.replaceChildren(...document.adoptNode(fresh).childNodes);
    for (const button of people.querySelectorAll("[data-cancel]")) button.hidden = false;
    setReached(fresh !== null);
  }

  function clearSearch() {
    if (!searchBox) return;
    searchBox.value = "";
    find("[data-people]").replaceChildren();
  }

  searchBox?.addEventListener("input", () => {
    clearTimeout(searchTimer);
    searchTimer = setTimeout(search, SEARCH_AFTER_MS);
  });

  // --- the camera -----------------------------------------------------------------------------------

  const view = find("[data-camera-view]");
  const message = find("[data-camera-message]");
  const offMessage = [...message.childNodes];
  const [stop, next, torch, sound] = ["[data-camera-stop]", "[data-camera-next]", "[data-torch]", "[data-sound]"].map(find);
  let wakeLock = null;

  async function onCameraState(state) {
    view.dataset.state = state;
    const template = find(`template[data-camera-state="${state}"]`);
    if (state === "off") message.replaceChildren(...offMessage);
    else if (template) message.replaceChildren(template.content.cloneNode(true));
    message.hidden = state === "on";
    const isOn = state === "on";
    stop.hidden = !isOn;
    torch.hidden = !isOn || !camera.hasTorch;
    torch.setAttribute("aria-pressed", "false");
    next.hidden = !isOn || (await camera.count()) < 2;
    if (isOn) keepAwake();
    else wakeLock?.release().catch(() => {});
    if (verdict.querySelector("[data-colour=idle]")) showIdle();
  }

  async function keepAwake() {
    try {
      wakeLock = await navigator.wakeLock?.request("screen");
    } catch {
      wakeLock = null; // the battery is low, or the page is in the background
    }
  }

  const camera = new Camera(find("[data-video]"), { onState: onCameraState, onCodes });
  find("[data-camera]").addEventListener("click", (event) => {
    if (event.target.closest("[data-camera-start]")) camera.start();
  });
  stop.addEventListener("click", () => camera.stop());
  next.addEventListener("click", () => camera.next());
  torch.addEventListener("click", async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await camera.setTorch(on).then(() => torch.setAttribute("aria-pressed", String(on)), () => (torch.hidden = true));
  });
  sound.addEventListener("click", () => {
    tones.isOn = !tones.isOn;
    sound.setAttribute("aria-pressed", String(tones.isOn));
    tones.play("success");
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (camera.isOn) keepAwake();
    look();
    if (!isQuestionOpen() && !place.querySelector("[data-point]").open) refresh();
  });

  async function startCameraIfAllowed() {
    if (!window.isSecureContext) return onCameraState("insecure");
    try {
      const permission = await navigator.permissions.query({ name: "camera" });
      if (permission.state === "granted") await camera.start();
    } catch {
      // this browser does not say: somebody presses the button
    }
  }

  // --- the hub --------------------------------------------------------------------------------------

  function setReached(isReached) {
    if (link) link.dataset.linkState = isReached ? "on" : "off";
  }

  async function look() {
    if (document.hidden || queue.isBusy) return;
    setReached(navigator.onLine && (await hub.isReached()));
  }

  window.addEventListener("offline", () => setReached(false));
  window.addEventListener("online", look);
  setInterval(look, LOOK_EVERY_MS);

  // --- begin ----------------------------------------------------------------------------------------

  if (link) link.hidden = false;
  find("[data-camera]").hidden = false;
  sound.setAttribute("aria-pressed", String(tones.isOn));
  root.classList.add("has-camera");
  restorePlace();
  if (!verdict.querySelector("[data-colour=green], [data-colour=amber], [data-colour=red]")) showIdle();
  place.querySelector("[data-point]").open = !checkpoint();
  root.dataset.ready = "";
  queue.resume();
  look();
  startCameraIfAllowed();
}
