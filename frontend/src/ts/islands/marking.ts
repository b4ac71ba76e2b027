// Regions of a page: a box is drawn on the picture with keys (arrows move it, Shift with arrows changes its size, Enter is
// done, Escape gives up) or with the mouse, and stands in the form as numbers. Without script the numbers are typed.
import { ignoresKeys } from "../keys";

const NAMES = ["left", "top", "right", "bottom"] as const;

export default function marking(root: HTMLElement): void {
  const page = root.querySelector<HTMLElement>(".lt-page");
  if (!page) return;
  const sheet: HTMLElement = page;

  for (const form of Array.from(root.querySelectorAll<HTMLFormElement>("form[data-region]"))) {
    const button = form.querySelector<HTMLButtonElement>("[data-draw]");
    if (!button) continue;
    const fields = NAMES.map((name) => form.elements.namedItem(name) as HTMLInputElement);
    const wide = Number(fields[0].max);
    const high = Number(fields[1].max);
    const kind = form.elements.namedItem("kind") as HTMLSelectElement;
    const seal = form.querySelector<HTMLElement>(".lt-region__seal");
    const suit = (): void => void (seal && (seal.hidden = kind.value !== "seal"));
    kind.addEventListener("change", suit);
    suit();
    button.hidden = false;
    button.addEventListener("click", () => draw(form, fields, wide, high));
  }

  function draw(form: HTMLFormElement, fields: HTMLInputElement[], wide: number, high: number): void {
    sheet.querySelector(".lt-page__draw")?.remove();
    form.closest("details")?.setAttribute("open", "");
    const box = document.createElement("div");
    box.className = "lt-page__draw";
    box.tabIndex = 0;
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", form.querySelector("[data-draw]")!.textContent!.trim());
    let at = fields.map((field) => Number(field.value));
    const before = [...at];
    if (at[2] <= at[0] || at[3] <= at[1]) at = [wide * 0.35, high * 0.4, wide * 0.65, high * 0.6].map(Math.round);
    sheet.append(box);

    function place(): void {
      at = [at[0], at[1], Math.max(at[0] + 1, at[2]), Math.max(at[1] + 1, at[3])];
      fields.forEach((field, number) => (field.value = String(Math.round(at[number]))));
      box.style.left = `${(100 * at[0]) / wide}%`;
      box.style.top = `${(100 * at[1]) / high}%`;
      box.style.width = `${(100 * (at[2] - at[0])) / wide}%`;
      box.style.height = `${(100 * (at[3] - at[1])) / high}%`;
    }

    function move(across: number, down: number): void {
      const dx = Math.max(-at[0], Math.min(wide - at[2], across));
      const dy = Math.max(-at[1], Math.min(high - at[3], down));
      at = [at[0] + dx, at[1] + dy, at[2] + dx, at[3] + dy];
    }

    box.addEventListener("keydown", (event) => {
      const step = Math.max(1, Math.round(wide * (event.altKey ? 0.001 : 0.01)));
      const across = event.key === "ArrowRight" ? step : event.key === "ArrowLeft" ? -step : 0;
      const down = event.key === "ArrowDown" ? step : event.key === "ArrowUp" ? -step : 0;
      if (across || down) {
        event.preventDefault();
        if (event.shiftKey) at = [at[0], at[1], Math.min(wide, at[2] + across), Math.min(high, at[3] + down)];
        else move(across, down);
        place();
      } else if (event.key === "Enter") {
        event.preventDefault();
        done();
      } else if (event.key === "Escape") {
        at = before;
        fields.forEach((field, number) => (field.value = String(before[number])));
        done();
      }
    });

    // With the mouse a box is pulled open anywhere on the page while this one is being drawn.
    let start: [number, number] | null = null;
    const point = (event: PointerEvent): [number, number] => {
      const seen = sheet.getBoundingClientRect();
      const x = Math.min(1, Math.max(0, (event.clientX - seen.left) / seen.width));
      const y = Math.min(1, Math.max(0, (event.clientY - seen.top) / seen.height));
      return [Math.round(x * wide), Math.round(y * high)];
    };
    const press = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      start = point(event);
    };
    const pull = (event: PointerEvent): void => {
      if (!start) return;
      const [x, y] = point(event);
      at = [Math.min(start[0], x), Math.min(start[1], y), Math.max(start[0], x), Math.max(start[1], y)];
      place();
    };
    const lift = (): void => {
      if (start) box.focus();
      start = null;
    };
    sheet.addEventListener("pointerdown", press, true);
    window.addEventListener("pointermove", pull);
    window.addEventListener("pointerup", lift);

    function done(): void {
      sheet.removeEventListener("pointerdown", press, true);
      window.removeEventListener("pointermove", pull);
      window.removeEventListener("pointerup", lift);
      box.remove();
      (form.elements.namedItem("kind") as HTMLElement).focus();
    }

    place();
    box.focus();
    box.scrollIntoView({ block: "center" });
  }

  document.addEventListener("keydown", (event) => {
    if (ignoresKeys(event) || event.key.toLowerCase() !== "j") return;
    const summaries = Array.from(root.querySelectorAll<HTMLElement>(".lt-lines--parts summary"));
    const here = summaries.indexOf(document.activeElement as HTMLElement);
    summaries[(here + 1) % Math.max(1, summaries.length)]?.focus();
  });
}
