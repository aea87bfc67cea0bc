// What the registration pages gain where scripts run: choosing all, scanning with the camera, confirming by keyboard.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  all("[data-check-all]").forEach((box) => {
    const boxes = () => all("tbody input[type=checkbox]:not(:disabled)", box.closest("table"));
    const show = () => {
      const checked = boxes().filter((one) => one.checked).length;
      box.checked = checked > 0 && checked === boxes().length;
      box.indeterminate = checked > 0 && !box.checked;
    };
    box.addEventListener("change", () => boxes().forEach((one) => { one.checked = box.checked; }));
    box.closest("table").addEventListener("change", (event) => { if (event.target !== box) show(); });
    show();
  });

  // A waiting list is worked through by keys: j and k walk (app.js), x ticks the row, c confirms what is ticked.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === "x") {
      const box = event.target.closest("tr")?.querySelector("input[type=checkbox]");
      if (box) box.click();
    }
    if (event.key === "c") document.querySelector("[data-confirm-ticked]")?.click();
  });

  const field = document.querySelector("[data-scan]");
  const button = document.querySelector("[data-camera]");
  if (field) { field.focus(); field.select(); }
  if (!field || !button || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;

  const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
  const video = document.querySelector("[data-video]");
  let stream = null;
  button.hidden = false;

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
  }

  async function look() {
    if (!stream) return;
    const codes = await detector.detect(video).catch(() => []);
    if (codes.length) {
      field.value = codes[0].rawValue;
      stop();
      field.form.requestSubmit();
      return;
    }
    window.setTimeout(look, 200);
  }

  button.addEventListener("click", async () => {
    if (stream) { stop(); return; }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      button.hidden = true;  // no camera, or not allowed: the field is enough
      field.focus();
      return;
    }
    video.hidden = false;
    video.srcObject = stream;
    await video.play();
    look();
  });
  window.addEventListener("pagehide", stop);
})();
