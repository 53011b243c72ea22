// Links with data-dialog: their page is shown in a <dialog>; its forms answer there until one of them succeeds.
import { isChanged, markSaved, notify } from "./forms.js";

let dialog;
let dirty = false; // something was made in the dialog, so that the page behind it is stale

export function openDialogs() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      show(link.href);
    } else if (dialog?.open && event.target.closest("[data-give-up]")) {
      leave();
    } else if (dialog?.open && event.target.closest("[data-go-on]")) {
      goOn();
    } else if (dialog?.open && (event.target === dialog || event.target.closest("[data-close]"))) {
      event.preventDefault();
      if (event.target !== dialog || isBackdrop(event)) close();
    }
  });
}

async function show(address) {
  try {
    await fill(await ask(address, {}), address);
    dialog.showModal();
    focusFirst();
  } catch {
    location.assign(address);
  }
}

async function ask(address, how) {
  const answer = await fetch(address, {
    ...how,
    credentials: "same-origin",
    headers: { "X-Fragment": "dialog", "X-Dialog": "1", Accept: "text/html" },
  });
  if (answer.redirected) throw new Error("signed out");
  return answer;
}

async function fill(answer, address) {
  const text = await answer.text();
  const page = new DOMParser().parseFromString(text, "text/html").querySelector("[data-page]");
  if (!page) throw new Error("no page of the hub");
  dialog ??= made();
  goOn();
  dialog.dataset.address = address;
  dialog.querySelector("[data-dialog-page]").replaceChildren(...page.childNodes);
  dialog.setAttribute("aria-label", dialog.querySelector("h1")?.textContent.trim() ?? "");
  document.dispatchEvent(new CustomEvent("console:shown", { detail: dialog }));
}

// The first invalid field, else the first field. A radio only if it is the chosen one; never a button: the first may be
// the one that does harm. What has no field is read from its heading or its message.
function focusFirst() {
  const fields = [...dialog.querySelectorAll("[data-dialog-page] :is(input:not([type=hidden]), select, textarea)")];
  const first = fields.find((field) => field.type !== "radio" || field.checked);
  const target = dialog.querySelector("[autofocus], [aria-invalid]:is(input, select, textarea), [aria-invalid] input")
    ?? dialog.querySelector("[role=alert]") ?? first ?? dialog.querySelector("h1");
  if (!target) return;
  if (!target.matches("input, select, textarea")) target.tabIndex = -1;
  target.focus();
}

function made() {
  const frame = document.getElementById("dialog-frame").content.cloneNode(true);
  const made = frame.querySelector("dialog");
  made.addEventListener("submit", send);
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    close();
  });
  made.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  made.addEventListener("close", () => dirty && location.reload());
  document.body.append(made);
  return made;
}

function isBackdrop(event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

function close() {
  const question = dialog.querySelector("[data-dialog-question]");
  if (!question.hidden || ![...dialog.querySelectorAll("form")].some(isChanged)) {
    if (question.hidden) leave();
    else goOn();
    return;
  }
  question.hidden = false;
  question.querySelector("[data-go-on]").focus();
  question.scrollIntoView({ block: "nearest" });
}

function leave() {
  goOn();
  dialog.querySelector("[data-dialog-page]").replaceChildren();
  dialog.close();
}

function goOn() {
  const question = dialog.querySelector("[data-dialog-question]");
  if (question.hidden) return;
  question.hidden = true;
  focusFirst();
}

async function send(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter;
  const body = new URLSearchParams(new FormData(form, button)); // before: a disabled button says nothing
  const action = form.getAttribute("action");
  if (button) button.disabled = true;
  try {
    const answer = await ask(action, { method: "POST", body });
    const next = answer.headers.get("X-Location");
    if (next) {
      markSaved(form);
      location.assign(next);
      return;
    }
    if (answer.status >= 500) throw new Error(`status ${answer.status}`);
    dirty ||= answer.ok;
    await fill(answer, action);
    dialog.querySelector("[role=alert], [aria-invalid]")?.scrollIntoView({ block: "nearest" });
    focusFirst();
  } catch {
    notify(form, "hub-away");
  } finally {
    if (button) button.disabled = false;
  }
}
