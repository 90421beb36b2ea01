/**
 * One key for each verdict. A button says its own key in `data-key`; while somebody writes, and while an input method
 * composes, no key is one. Without this the buttons are pressed as they are.
 */

function isWriting(event) {
  return event.isComposing || event.target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** The viewer has keys of its own while it has the focus: 1 is the size of the scan there. */
function isElsewhere(event) {
  return event.target.closest(".viewer-frame") !== null;
}

function press(button) {
  const remark = document.getElementById("judge-remark");
  if ("remark" in button.dataset && remark && remark.value.trim() === "") {
    remark.focus();
    remark.setAttribute("aria-invalid", "true");
    return;
  }
  button.form.requestSubmit(button);
}

let isSent = false;

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.defaultPrevented) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.name === "blind") {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector("button"));
    return;
  }
  if (isWriting(event) || isElsewhere(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (button === null) return;
  event.preventDefault();
  press(button);
});

// A second press while the page is on its way would judge the next unit unseen.
document.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
window.addEventListener("pageshow", () => {
  isSent = false;
});
