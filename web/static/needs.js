// What the forms of needs gain where scripts run: typed text outlives a lost net, and a doorstep's entry waits on the phone until the server has it.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const PATIENCE = 20000, EXCERPT = 40;
  const identity = (values) => values.need_id ?? values.ticket;
  const valuesOf = (form) => Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrf_token"));
  const ownToken = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const drafts = window.baodaoDrafts(form, `needs-draft-${form.dataset.keep}`), queue = window.baodaoDrafts(form, `needs-queue-${form.dataset.keep}`);

  // --- the draft ---
  const keep = () => { const values = valuesOf(form); return drafts.put(identity(values), values, { alone: true }); };
  function fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements[name];
      if (!field || name === "ticket") continue;  // a ticket is only good where it was given out
      if (field instanceof RadioNodeList) all(`[name="${name}"]`, form).forEach((one) => { one.checked = one.value === value; });
      else if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
    if (["name", "phone", "address", "recipient_group"].some((name) => values[name])) all("details", form).forEach((part) => { part.open = true; });
  }
  async function restore() {
    if (form.querySelector("[role=alert]")) return;
    const draft = (await drafts.all()).at(-1);
    if (!draft?.values.text || form.elements.text.value !== "") return;
    fill(draft.values);
    form.querySelector("[data-kept-note]").hidden = false;
  }
  restore();
  form.querySelector("[data-kept-drop]").addEventListener("click", () => drafts.drop().then(() => location.reload()));
  form.addEventListener("input", keep);
  form.addEventListener("submit", keep);
  if (!("queue" in form.dataset)) return;
  if (!queue.able) all("[data-kept-help]").forEach((part) => { part.hidden = true; });

  // --- the queue: sent by script, so that a lost net costs nothing ---
  const box = document.querySelector("[data-needs-queue]"), list = box.querySelector("[data-queue-list]"), said = box.querySelector("[data-queue-said]");
  const words = box.dataset;
  const older = `baodao-needs-queue-${form.dataset.keep}`;  // what a version before the cipher left in clear
  const held = async () => { const inClear = await queue.inherit(older); return [...inClear, ...await queue.all()]; };
  const waiting = async () => (await held()).map((one) => one.values);

  function freshId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  // "taken": the server has it; "refused": it answered otherwise; "lost": it did not answer.
  async function send(values) {
    const body = new FormData();
    for (const [name, value] of Object.entries(values)) body.append(name, value);
    body.append("csrf_token", ownToken());
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: stop.signal, credentials: "same-origin" });
      const page = await answer.text();
      if (answer.ok && page.includes(`data-needs-accepted="${values.need_id}"`)) return { state: "taken", address: answer.url };
      return { state: answer.status >= 500 ? "lost" : "refused" };
    } catch {
      return { state: "lost" };
    } finally {
      clearTimeout(timer);
    }
  }

  async function forget(id) {
    await queue.disown(older, id);
    await queue.drop(id);
    await show();
  }

  function button(text, action) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: text });
    made.addEventListener("click", action);
    return made;
  }

  async function show() {
    const items = await held();
    box.hidden = !items.length;
    list.replaceChildren(...items.map(({ at, values }) => {
      const row = document.createElement("li"), text = document.createElement("p");
      text.textContent = `${values.text.slice(0, EXCERPT)}${values.text.length > EXCERPT ? "…" : ""}　${new Date(at).toLocaleString()}`;
      row.append(text, button(words.send, () => again([values])), " ", button(words.edit, () => { fill(values); keep(); if (queue.able) forget(values.need_id); form.elements.text.focus(); }),
        " ", button(words.remove, () => { if (window.confirm(words.ask)) forget(values.need_id); }));
      return row;
    }));
  }

  let sending = false;
  async function again(some) {
    if (sending) return;
    sending = true;
    let outcome = "taken";
    for (const values of some) {
      const { state } = await send(values);
      if (state === "taken") await forget(values.need_id);
      else outcome = state;
      if (state === "lost") break;
    }
    said.textContent = { taken: words.sent, refused: words.refused, lost: words.failed }[outcome];
    if (outcome !== "taken") box.hidden = false;
    sending = false;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = valuesOf(form), submit = form.querySelector("[type=submit]");
    submit.disabled = true;
    const { state, address } = await send(values);
    submit.disabled = false;
    if (state === "taken") { await drafts.drop(); location.assign(address); return; }
    if (state === "refused") { form.submit(); return; }  // the server says on its page what is wrong
    if (!await queue.put(values.need_id, values, { waits: true })) {
      said.textContent = words.unkept;
      box.querySelector(".panel-head").hidden = !queue.able;
      box.hidden = false;
      return;
    }
    await drafts.drop();
    const { channel, category } = values;
    form.reset();
    form.elements.need_id.value = freshId();
    fill({ channel, category });
    said.textContent = words.failed;
    await show();
    box.scrollIntoView({ block: "nearest" });
  });
  box.querySelector("[data-queue-all]").addEventListener("click", async () => again(await waiting()));
  window.addEventListener("online", async () => again(await waiting()));
  show();
})();
