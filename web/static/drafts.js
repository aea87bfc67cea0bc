// Keeps what was typed into a form on this device until the server has it: ciphered, under a key that the server gives to the same person only.
// The storage of a browser lies open on the disk; without WebCrypto (no https) nothing is kept at all (ASVS 5.0, 14.3.3).
(() => {
  "use strict";
  const KEPT = "baodao-kept-", FORMER = ["baodao-draft-", "baodao-needs-draft-"], FORMER_QUEUE = "baodao-needs-queue-", DAYS = 7, NONCE = 12;
  const stored = {
    names: () => { try { return Object.keys(localStorage); } catch { return []; } },
    read: (name) => { try { const found = JSON.parse(localStorage.getItem(name)); return Array.isArray(found) ? found : []; } catch { return []; } },
    write: (name, items) => {
      try { if (items.length) localStorage.setItem(name, JSON.stringify(items)); else localStorage.removeItem(name); return true; } catch { return false; }
    },
  };

  // --- what the server has taken in is forgotten, drafts that nobody came back to, and drafts that an older version left in clear ---
  const marked = document.querySelector("[data-accepted], [data-needs-accepted]")?.dataset;
  const accepted = marked?.accepted ?? marked?.needsAccepted;
  const without = (name, id) => stored.write(name, stored.read(name).filter((one) => one.values?.need_id && one.values.need_id !== id));
  const isLive = (one) => one.sealed && one.id !== accepted && (one.waits || Date.now() - one.at <= DAYS * 86400000);
  for (const name of stored.names()) {
    if (FORMER.some((start) => name.startsWith(start))) stored.write(name, []);
    if (name.startsWith(FORMER_QUEUE)) without(name, accepted);  // finished entries wait there for the page that has their key
    if (name.startsWith(KEPT)) stored.write(name, stored.read(name).filter(isLive));
  }

  // --- the cipher: AES-256-GCM, bound to the name under which a text is kept ---
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const text = (some) => btoa(Array.from(some, (one) => String.fromCharCode(one)).join(""));
  const how = (name, iv) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) });
  async function seal(key, name, values) {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE));
    const hidden = new Uint8Array(await crypto.subtle.encrypt(how(name, iv), key, new TextEncoder().encode(JSON.stringify(values))));
    return text([...iv, ...hidden]);
  }
  async function unseal(key, name, sealed) {
    try {
      const whole = bytes(sealed);
      const plain = await crypto.subtle.decrypt(how(name, whole.slice(0, NONCE)), key, whole.slice(NONCE));
      return JSON.parse(new TextDecoder().decode(plain));
    } catch { return null; }  // another account's, or under a key that is gone
  }

  // What `window.baodaoDrafts(form, name)` gives; each step waits for the one before, so that a late one never brings back what was dropped.
  window.baodaoDrafts = (form, name) => {
    const place = KEPT + name, given = form.dataset.draftKey;
    const able = Boolean(given && window.crypto?.subtle);
    const key = able ? crypto.subtle.importKey("raw", bytes(given), "AES-GCM", false, ["encrypt", "decrypt"]) : null;
    let line = Promise.resolve();
    const inTurn = (work) => { line = line.then(work, work); return line; };
    return {
      able,
      // Those that can be read, as {at, id, values}, the oldest first.
      all: () => inTurn(async () => {
        const found = able ? await Promise.all(stored.read(place).map(async (one) => ({ ...one, values: await unseal(await key, place, one.sealed) }))) : [];
        return found.filter((one) => one.values);
      }),
      // One text in place of what was kept by the same id, or of all (`alone`); `waits`: until it is sent, however long. Answers whether it is kept.
      put: (id, values, { alone = false, waits = false } = {}) => inTurn(async () => {
        if (!able) return false;
        const one = { at: Date.now(), id, waits, sealed: await seal(await key, place, values) };
        return stored.write(place, [...(alone ? [] : stored.read(place).filter((other) => other.id !== id)), one]);
      }),
      // The queue of an older version, which lies in clear: ciphered, and only then taken from there. Answers what stays, where there is no cipher.
      inherit: (older) => inTurn(async () => {
        for (const { at, values } of able ? stored.read(older) : []) {
          const one = { at, id: values.need_id, waits: true, sealed: await seal(await key, place, values) };
          if (stored.write(place, [...stored.read(place).filter((other) => other.id !== one.id), one])) without(older, one.id);
        }
        return stored.read(older);
      }),
      disown: (older, id) => inTurn(() => without(older, id)),
      drop: (id) => inTurn(() => stored.write(place, id === undefined ? [] : stored.read(place).filter((one) => one.id !== id))),
    };
  };
})();
