// What the pages of service records gain where scripts run: a draft that survives a weak net, keys, a code out of the address.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const DAYS = 7;
  const store = {
    read: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: then without */ } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* likewise */ } },
  };
  const drafts = () => { try { return Object.keys(localStorage).filter((key) => key.startsWith("baodao-draft-")); } catch { return []; } };

  // --- the draft: kept until the server shows the record of this id, so an answer lost on the way makes no second one ---
  const accepted = document.querySelector("[data-accepted]")?.dataset.accepted;
  for (const key of drafts()) {
    const draft = store.read(key);
    if (!draft || draft.values.record_id === accepted || Date.now() - draft.at > DAYS * 86400000) store.drop(key);
  }
  const form = document.querySelector("form[data-draft]");
  if (form) {
    const key = `baodao-draft-${form.dataset.draft}`;
    const fresh = !form.querySelector("[role=alert]") && form.elements.title.value === "";
    const draft = store.read(key);
    const keep = () => {
      const values = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrf_token" && name !== "find"));
      store.write(key, { at: Date.now(), values });
    };
    if (draft && fresh && draft.values.title) {
      for (const [name, value] of Object.entries(draft.values)) {
        const field = form.elements[name];
        if (!field) continue;
        if (field instanceof RadioNodeList) all(`[name="${name}"]`, form).forEach((one) => { one.checked = one.value === value; });
        else if (field.type === "radio") field.checked = field.value === value;
        else field.value = value;
      }
      form.querySelector("[data-draft-note]").hidden = false;
    }
    form.querySelector("[data-draft-drop]").addEventListener("click", () => { store.drop(key); location.reload(); });
    form.addEventListener("input", keep);
    form.addEventListener("submit", keep);
  }

  // --- a field that a choice makes needless ---
  for (const part of all("[data-unless]")) {
    const [name, value] = part.dataset.unless.split("=");
    const show = () => { part.hidden = document.querySelector(`[name="${name}"]:checked`)?.value === value; };
    all(`[name="${name}"]`).forEach((one) => one.addEventListener("change", show));
    show();
  }

  // --- the community's list: V verifies the row that has the focus, or the open record ---
  document.querySelector("[data-tick-all]")?.addEventListener("click", () => {
    const ticks = all("input[name=record]");
    const on = ticks.some((one) => !one.checked);
    ticks.forEach((one) => { one.checked = on; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "v" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const row = document.activeElement?.closest("tr[data-row]");
    const button = row ? row.querySelector("[data-verify]") : document.querySelector("form > [data-verify]");
    if (button) { event.preventDefault(); button.click(); }
  });

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
