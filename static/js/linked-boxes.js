/** Lets whatever has to do with one box of an answer light up together, and lead to each other. */

/** `answer` holds mentions and drawn boxes, each with the box's number in `data-box`. */
export function linkBoxes(answer) {
  const all = (number) => answer.querySelectorAll(`[data-box="${number}"]`);
  const light = (event, on) => {
    const number = event.target.closest?.("[data-box]")?.dataset.box;
    if (number) for (const element of all(number)) element.classList.toggle("linked", on);
  };
  for (const [name, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    answer.addEventListener(name, (event) => light(event, on));
  }
  answer.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-box]");
    if (!pressed) return;
    const isMention = (element) => element.matches(".mention");
    const other = [...all(pressed.dataset.box)].find((element) => isMention(element) !== isMention(pressed));
    other?.focus({ preventScroll: true });
    other?.scrollIntoView({ block: "nearest" });
  });
}
