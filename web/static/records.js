// What the pages of service records gain where scripts run: a draft that survives a weak net, keys, a code out of the address.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // --- the draft: kept until the server shows the record of this id, so an answer lost on the way makes no second one ---
  function fill(form, values) {
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements[name];
      if (!field) continue;
      if (field instanceof RadioNodeList) all(`[name="${name}"]`, form).forEach((one) => { one.checked = one.value === value; });
      else if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
  }
  async function keepDraft(form) {
    const drafts = window.baodaoDrafts(form, form.dataset.draft);
    const keep = () => {
      const values = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrf_token" && name !== "find"));
      return drafts.put(values.record_id, values, { alone: true });
    };
    form.addEventListener("input", keep);
    form.addEventListener("submit", keep);
    form.querySelector("[data-draft-drop]").addEventListener("click", () => drafts.drop().then(() => location.reload()));
    if (form.querySelector("[role=alert]")) return;
    const draft = (await drafts.all()).at(-1);
    if (!draft?.values.title || form.elements.title.value !== "") return;
    fill(form, draft.values);
    form.querySelector("[data-draft-note]").hidden = false;
  }
  const draftForm = document.querySelector("form[data-draft]");
  if (draftForm) keepDraft(draftForm);

  // --- on a narrow screen the tab that is open may lie beyond the edge ---
  const tab = document.querySelector(".page-tabs [aria-current]"), bar = tab?.closest("ul");
  if (bar && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;

  // --- a field that a choice makes needless ---
  for (const part of all("[data-unless]")) {
    const [name, value] = part.dataset.unless.split("=");
    const show = () => { part.hidden = document.querySelector(`[name="${name}"]:checked`)?.value === value; };
    all(`[name="${name}"]`).forEach((one) => one.addEventListener("change", show));
    show();
  }

  // --- the community's list by keyboard: arrows walk (J and K do everywhere), space ticks, V verifies, R returns, ? shows the keys ---
  const list = document.querySelector("form[data-worklist]");
  const ticks = () => all("input[name=record]");
  const count = () => {
    const on = ticks().filter((one) => one.checked).length;
    for (const button of all("[data-counted]")) button.querySelector("[data-words]").textContent = button.dataset.counted.replace("{n}", on);
  };
  if (list) {
    list.addEventListener("change", count);
    window.addEventListener("pageshow", count);  // a page from the browser's memory keeps its ticks
  }
  document.querySelector("[data-tick-all]")?.addEventListener("click", () => {
    const on = ticks().some((one) => !one.checked);
    ticks().forEach((one) => { one.checked = on; });
    count();
  });
  const rowLinks = () => all("tr[data-row] td:first-child a");
  const here = () => document.activeElement?.closest("tr[data-row]");
  const walk = (step) => {
    const links = rowLinks(), at = links.indexOf(here()?.querySelector("td:first-child a"));
    links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
  };
  const reason = document.querySelector("#reason");
  const toReason = () => { const fold = reason.closest("details"); if (fold) fold.open = true; reason.focus(); };
  if (reason && location.hash === "#reason") toReason();
  const keys = {
    ArrowDown: () => list && walk(1) === undefined,
    ArrowUp: () => list && walk(-1) === undefined,
    " ": () => { const tick = here()?.querySelector("input[name=record]"); if (tick) { tick.checked = !tick.checked; count(); } return tick; },
    v: () => {
      const ticked = list?.querySelector("[data-verify-ticked]");
      const button = ticked && ticks().some((one) => one.checked) ? ticked
        : here()?.querySelector("[data-verify]") ?? document.querySelector("form > [data-verify]");
      button?.click();
      return button;
    },
    r: () => {
      if (reason) { toReason(); return true; }
      const link = list && here()?.querySelector("td:first-child a");
      if (link) location.href = `${link.href}#reason`;
      return link;
    },
    "?": () => { const fold = document.querySelector("[data-keys]"); if (fold) { fold.open = !fold.open; fold.scrollIntoView({ block: "nearest" }); } return fold; },
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=checkbox])");
    if (event.ctrlKey || event.metaKey || event.altKey || typing || !Object.hasOwn(keys, event.key)) return;
    if (event.key === " " && event.target.closest("button, summary, input")) return;  // which it presses itself
    if (keys[event.key]()) event.preventDefault();
  });

  // --- a stack of slips: 1, 2, 3 choose the rating once the code is whole ---
  const stack = document.querySelector("form[data-keying]");
  if (stack) {
    const whole = () => stack.elements.code.value.normalize("NFKC").replace(/\D/g, "").length >= Number(stack.elements.code.dataset.code);
    stack.elements.code.addEventListener("input", () => { if (whole()) stack.querySelector("[data-digit]").focus(); });
    stack.addEventListener("keydown", (event) => {
      if (event.target.type !== "radio") return;
      const chosen = stack.querySelector(`[data-digit="${event.key}"]`);
      if (chosen) { chosen.checked = true; chosen.focus(); event.preventDefault(); }
      if (event.key === "Enter") { event.preventDefault(); stack.requestSubmit(); }
    });
    if (stack.querySelector("[role=alert]")) stack.elements.code.select();
  }

  // --- the evaluation code: from behind the '#', which no server sees, and in groups of four ---
  const code = document.querySelector("[data-code]");
  if (code) {
    const group = () => {
      const digits = code.value.normalize("NFKC").replace(/\D/g, "").slice(0, Number(code.dataset.code));
      code.value = digits.replace(/(\d{4})(?=\d)/g, "$1 ");
    };
    const take = () => {
      if (!/^#\d+$/.test(location.hash)) return;
      code.value = location.hash.slice(1);
      history.replaceState(null, "", location.pathname);
      group();
    };
    take();
    window.addEventListener("hashchange", take);
    code.addEventListener("input", () => { if (code.selectionStart === code.value.length) group(); });
    group();
  }
})();
