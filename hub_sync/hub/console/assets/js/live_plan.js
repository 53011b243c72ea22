// A form that shows its plan beside it while somebody fills it in. Without this script the plan is the next page.

const PAUSE_MS = 500;

export function planWhileTyping() {
  const panel = document.querySelector("[data-live-plan]");
  const form = panel && document.getElementById(panel.dataset.livePlan);
  if (!form) return;
  let timer = 0;
  let last = null;
  const refresh = async () => {
    last?.abort();
    last = new AbortController();
    if (!form.checkValidity()) return;
    const sent = new FormData(form);
    for (const name of ["form_token", "draft"]) sent.delete(name);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sent), signal: last.signal, headers: { "X-Requested-With": "fetch" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const plan = page.querySelector("[data-plan]") ?? page.querySelector(".notice-bad p");
      if (!plan) return;
      panel.querySelector("[data-live-plan-content]").replaceChildren(document.importNode(plan, true));
      panel.hidden = false;
    } catch (error) {
      if (error.name !== "AbortError") panel.hidden = true;
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE_MS);
  });
}
