/** The dialogs of the page are closed by their own buttons, as by Escape; the filters open from the bar. */

for (const close of document.querySelectorAll("[data-close]")) {
  close.addEventListener("click", () => {
    const dialog = close.closest("dialog");
    if (dialog.dispatchEvent(new Event("cancel", { cancelable: true }))) dialog.close();
  });
}
document.getElementById("open-filters").addEventListener("click", () => document.getElementById("filters").showModal());
