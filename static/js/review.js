/**
 * Comfort for reviewing drafts by keyboard. Without it every button still works as a plain form.
 *
 * Ctrl+Enter (or ⌘+Enter) in a text accepts it, edited or not; of the two accepting buttons the one that fits the
 * text is the prominent one; a text that could not be saved has the focus. (After a decision the address itself leads
 * to the next draft.)
 */

function markFittingButton(form) {
  const text = form.querySelector("textarea");
  const [accept, edit] = ["accept", "edit"].map((value) => form.querySelector(`button[value="${value}"]`));
  const changed = text.value.trim() !== text.dataset.original.replaceAll("\r\n", "\n").trim();
  accept.disabled = changed;
  accept.classList.toggle("review-primary", !changed);
  edit.classList.toggle("review-primary", changed);
}

function submitOnShortcut(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const form = event.target.form;
  form.requestSubmit(form.querySelector("button.review-primary") ?? form.querySelector("button"));
}

for (const form of document.querySelectorAll(".draft-form")) {
  form.querySelector("textarea").addEventListener("input", () => markFittingButton(form));
  markFittingButton(form);
}
for (const text of document.querySelectorAll(".review textarea")) {
  text.addEventListener("keydown", submitOnShortcut);
}
for (const hint of document.querySelectorAll(".review-keys")) {
  hint.hidden = false;
}
document.querySelector(".review [aria-invalid]")?.focus();
