// Links with data-dialog: their page is shown in a <dialog>; its forms answer there until one of them succeeds.

let dialog;
let dirty = false; // something was made in the dialog, so that the page behind it is stale

export function openDialogs() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      show(link.href);
    } else if (dialog?.open && event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
}

async function show(address) {
  try {
    await fill(await ask(address, {}), address);
    dialog.showModal();
    (dialog.querySelector("[autofocus], [aria-invalid], input:not([type=hidden]), select, textarea") ?? dialog).focus();
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
  dialog ??= made();
  dialog.dataset.address = address;
  dialog.querySelector("[data-dialog-page]").replaceChildren(...page.childNodes);
  dialog.setAttribute("aria-label", dialog.querySelector("h1")?.textContent.trim() ?? "");
  document.dispatchEvent(new CustomEvent("console:shown", { detail: dialog }));
}

function made() {
  const frame = document.getElementById("dialog-frame").content.cloneNode(true);
  const made = frame.querySelector("dialog");
  made.addEventListener("submit", send);
  made.addEventListener("close", () => dirty && location.reload());
  document.body.append(made);
  return made;
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
      location.assign(next);
      return;
    }
    dirty ||= answer.ok;
    await fill(answer, action);
    dialog.querySelector("[role=alert], [aria-invalid]")?.scrollIntoView({ block: "nearest" });
    dialog.querySelector("[aria-invalid]")?.focus();
  } catch {
    form.submit();
  } finally {
    if (button) button.disabled = false;
  }
}
