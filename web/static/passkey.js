// Asks the browser for a passkey when a form marked data-passkey is sent, and puts its answer into the form. Everything else is the server's.
(() => {
  "use strict";
  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
  const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list ?? []).map((one) => ({ ...one, id: decode(one.id) }));

  function wanted(options, mode) {
    const given = { ...options, challenge: decode(options.challenge) };
    if (mode === "get") return { publicKey: { ...given, allowCredentials: known(options.allowCredentials) } };
    return { publicKey: { ...given, user: { ...options.user, id: decode(options.user.id) }, excludeCredentials: known(options.excludeCredentials) } };
  }

  function answer(made) {
    const said = made.response, response = { clientDataJSON: encode(said.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (said[part]) response[part] = encode(said[part]);
    return JSON.stringify({ id: made.id, rawId: encode(made.rawId), type: made.type, response, clientExtensionResults: {} });
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", async (event) => {
      const field = form.elements.credential, mode = form.dataset.passkey;
      if (field.value) return;
      event.preventDefault();
      const failed = form.querySelector("[data-passkey-failed]");
      failed.hidden = true;
      try {
        field.value = answer(await navigator.credentials[mode](wanted(JSON.parse(form.dataset.options), mode)));
      } catch {
        failed.hidden = false;
        return;
      }
      form.submit();
    });
  }
})();
