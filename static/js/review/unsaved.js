/** What was typed in any record and is not saved: how much there is, and where. */

import { allKept } from "./kept.js";
import { button, element, say, show } from "./words.js";

const opener = document.getElementById("unsaved");
const dialog = document.getElementById("unsaved-list");

/** Says how many texts are unsaved, but for those of the record that is shown. */
export function tellUnsaved(current) {
  const number = allKept().filter(({ image }) => image !== current).length;
  show(opener, number ? say("unsaved", { number }) : "");
}

/** Lists them; `open(key)` opens a record. */
export function listUnsaved(open) {
  opener.addEventListener("click", () => {
    document.getElementById("unsaved-items").replaceChildren(
      ...allKept().map(({ image, name, label, text }) => {
        const item = element("li");
        const go = () => {
          dialog.close();
          open(image);
        };
        item.append(button(`${name} · ${label}`, go), element("p", text));
        return item;
      }),
    );
    dialog.showModal();
  });
}
