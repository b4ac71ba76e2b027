// Reviewing a page line by line: Enter says that a line is right and goes to the next doubtful one, arrows go from line to
// line, Escape brings the kept text back and leaves the field. A line is kept as soon as it is left. Without script the
// lines are a form with boxes to tick and a button.
export default function review(root: HTMLElement): void {
  const form = root.querySelector<HTMLFormElement>("#lt-review");
  if (!form) return;
  const fields = Array.from(form.querySelectorAll<HTMLTextAreaElement>("textarea"));
  const lineOf = (field: HTMLTextAreaElement): HTMLElement => field.closest<HTMLElement>("li")!;
  const kept = new Map(fields.map((field) => [field, field.value]));
  const sent = { last: Promise.resolve() as Promise<unknown> };

  function fit(field: HTMLTextAreaElement): void {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  // One line after the other: each answer brings the mark that the next one is sent with.
  function keep(field: HTMLTextAreaElement, seen: boolean): void {
    const text = field.value;
    if (!seen && text === kept.get(field)) return;
    const before = kept.get(field) ?? "";
    kept.set(field, text);
    sent.last = sent.last.then(async () => {
      const values: Record<string, string> = { then: "stay", [field.name]: text };
      if (seen) values.seen = field.name.slice(1);
      for (const name of ["csrfmiddlewaretoken", "token", "mark"]) {
        values[name] = (form!.elements.namedItem(name) as HTMLInputElement).value;
      }
      const state = document.getElementById("lt-review-state");
      const asked = window.htmx.ajax("post", form!.action, { values, target: "#lt-review-state", swap: "outerHTML" });
      await asked.catch(() => undefined);
      const told = document.getElementById("lt-review-state");
      if (told === state || told?.querySelector(".lt-note")) kept.set(field, before);
      else settle(field);
    });
  }

  // A line that somebody looked at is doubtful no more.
  function settle(field: HTMLTextAreaElement): void {
    const line = lineOf(field);
    line.classList.remove("lt-lines--doubtful");
    line.classList.toggle("lt-lines--struck", field.value.trim() === "");
    line.querySelector(".lt-lines__sure")!.textContent = "✓";
    document.querySelector(`.lt-page__place[data-place="${line.dataset.place}"]`)?.classList.remove("lt-page__place--doubtful");
  }

  function doubtfulAfter(field: HTMLTextAreaElement): HTMLTextAreaElement | undefined {
    const open = fields.filter((each) => lineOf(each).classList.contains("lt-lines--doubtful") && each !== field);
    return open.find((each) => fields.indexOf(each) > fields.indexOf(field)) ?? open[0];
  }

  function enter(field: HTMLTextAreaElement | undefined): void {
    if (!field) return;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    lineOf(field).scrollIntoView({ block: "center" });
  }

  for (const field of fields) {
    fit(field);
    field.addEventListener("input", () => fit(field));
    field.addEventListener("blur", () => keep(field, false));
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter") {
        event.preventDefault();
        const next = doubtfulAfter(field);
        keep(field, true);
        if (next) enter(next);
        else field.blur();
      } else if (event.key === "Escape") {
        field.value = kept.get(field) ?? field.value;
        fit(field);
        field.blur();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        const edge = step > 0 ? field.value.length : 0;
        if (field.selectionStart !== edge && field.rows > 1) return;
        event.preventDefault();
        enter(fields[fields.indexOf(field) + step]);
      }
    });
  }
  for (const box of Array.from(form.querySelectorAll<HTMLInputElement>("input[name=seen]"))) {
    box.addEventListener("change", () => {
      const field = fields.find((each) => each.name === `l${box.value}`);
      if (box.checked && field) keep(field, true);
    });
  }
  // A click on a place of the picture goes to its line.
  root.querySelector(".lt-viewer")?.addEventListener("click", (event) => {
    const place = (event.target as HTMLElement).closest<HTMLElement>(".lt-page__place")?.dataset.place;
    const field = fields.find((each) => each.name === place);
    if (field) enter(field);
  });
}
