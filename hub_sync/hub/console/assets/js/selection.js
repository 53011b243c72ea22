// Ticks in a list that go over its pages: kept for this tab, sent as a whole. Without this script those of one page count.
// A list of one page keeps nothing (`data-selection=""`): what was ticked there is decided, and gone.

export function keepSelection() {
  const bar = document.querySelector("form[data-selection]");
  if (!bar) return;
  const key = bar.dataset.selection && `selection ${bar.dataset.selection}`;
  const boxes = [...document.querySelectorAll(`input[type=checkbox][form="${bar.id}"]`)];
  const chosen = new Set(key ? read(key) : boxes.filter((box) => box.checked).map((box) => box.value));
  const all = document.querySelector("[data-tick-all]");
  const count = bar.querySelector("[data-count]");
  const [ticked, listed] = ["ticked", "listed"].map((value) => bar.querySelector(`[name=scope][value=${value}]`));
  const clear = bar.querySelector("[data-clear]");

  const show = () => {
    for (const box of boxes) box.checked = chosen.has(box.value);
    count.textContent = count.dataset.count.replace("#", new Intl.NumberFormat(document.documentElement.lang).format(chosen.size));
    clear.hidden = chosen.size === 0;
    if (all) {
      const here = boxes.filter((box) => box.checked).length;
      all.checked = here > 0 && here === boxes.length;
      all.indeterminate = here > 0 && here < boxes.length;
    }
  };
  const change = (ids, isChosen) => {
    for (const id of ids) isChosen ? chosen.add(id) : chosen.delete(id);
    if (chosen.size && listed) ticked.checked = true;
    if (key) sessionStorage.setItem(key, JSON.stringify([...chosen]));
    show();
  };
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      const range = event.shiftKey && last ? between(boxes, last, box) : [box];
      change(range.map((each) => each.value), box.checked);
      last = box;
    });
  }
  if (all) {
    all.closest("[hidden]")?.removeAttribute("hidden");
    all.addEventListener("change", () => change(boxes.map((box) => box.value), all.checked));
  }
  clear.addEventListener("click", () => change([...chosen], false));
  if (key) bar.addEventListener("submit", () => {
    bar.elements.ids.value = listed?.checked ? "" : [...chosen].join(" ");
    for (const box of boxes) box.disabled = true; // they are among those
    setTimeout(() => boxes.forEach((box) => (box.disabled = false)));
  });
  addEventListener("pageshow", show);
  show();
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}

function between(boxes, one, other) {
  const [first, end] = [boxes.indexOf(one), boxes.indexOf(other)].sort((a, b) => a - b);
  return boxes.slice(first, end + 1);
}
