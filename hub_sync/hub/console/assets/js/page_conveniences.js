// Small conveniences: copying, filters that apply themselves, a question before an act, menus that close, the time zone.

export function keepHandy() {
  prepare(document);
  document.addEventListener("console:shown", (event) => prepare(event.detail));

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) await copy(button);
    if (event.target.closest("[data-print]")) window.print();
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  }, true);

  applyByItself();
  refuseLargeFiles();

  // On every page and for this session only: a laptop travels.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `doorward_zone=${encodeURIComponent(zone)}; path=/; samesite=lax`;
}

// A choice in a form[data-auto] applies at once if it was made with the pointer. With the keyboard each arrow key is a
// change: it applies with Enter or by the form's button, which appears then.
function applyByItself() {
  let key = "";
  const choiceOf = (event) => event.target.closest("form[data-auto] :is(select, input[type=checkbox], input[type=radio])");
  document.addEventListener("pointerdown", () => (key = ""));
  document.addEventListener("keydown", (event) => {
    key = event.key;
    const form = choiceOf(event)?.form;
    if (form && key === "Enter" && "pending" in form.dataset) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  document.addEventListener("change", (event) => {
    const form = choiceOf(event)?.form;
    if (!form) return;
    if (key === "" || key === "Enter") form.requestSubmit();
    else form.dataset.pending = "";
  });
}

// Says that a file is too large before it is sent: a browser that is refused while it sends shows no answer.
function refuseLargeFiles() {
  document.addEventListener("change", (event) => {
    const input = event.target.closest?.("input[type=file][data-max-bytes]");
    if (!input) return;
    const isTooLarge = [...input.files].some((file) => file.size > Number(input.dataset.maxBytes));
    input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
    if (isTooLarge) input.reportValidity();
  });
}

function prepare(root) {
  for (const button of root.querySelectorAll("[data-copy][hidden], [data-print][hidden]")) button.hidden = false;
  for (const drawing of root.querySelectorAll("[data-scroll-to]:not([data-scrolled])")) scrollToMark(drawing);
}

// A drawing that is larger than its room begins with what the page is about, in the middle: the first of some selectors that fits.
function scrollToMark(drawing) {
  const mark = drawing.dataset.scrollTo.split(",").map((selector) => drawing.querySelector(selector)).find(Boolean);
  if (!mark) return;
  drawing.dataset.scrolled = "";
  const [room, box] = [drawing.getBoundingClientRect(), mark.getBoundingClientRect()];
  const isBelow = box.bottom > room.bottom;
  drawing.scrollBy({
    left: box.left + box.width / 2 - room.left - room.width / 2,
    top: isBelow ? box.top + box.height / 2 - room.top - room.height / 2 : 0,
    behavior: "instant",
  });
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // no clipboard outside HTTPS
  }
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  label.textContent = label.dataset.copied;
  const said = document.querySelector("[data-said]");
  if (said) said.textContent = label.dataset.copied;
  setTimeout(() => {
    label.textContent = before;
    if (said) said.textContent = "";
  }, 2000);
}
