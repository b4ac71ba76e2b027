// data-copy="text" on a button copies that text; data-copy-from="id" copies what that element says.
import { say } from "./live";

function copyOldWay(words: string): boolean {
  const area = document.createElement("textarea");
  area.value = words;
  area.className = "lt-hide";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

async function copy(words: string): Promise<boolean> {
  // The clipboard is only there on HTTPS and on the machine itself; offices also use plain HTTP inside their network.
  if (!navigator.clipboard) return copyOldWay(words);
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return copyOldWay(words);
  }
}

export function copyButtons(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-copy], [data-copy-from]");
    if (!button) return;
    const source = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : null;
    const words = button.dataset.copy ?? source?.textContent ?? "";
    if (!(await copy(words.trim()))) return;
    const done = button.dataset.copied ?? "";
    say(done);
    const label = button.querySelector<HTMLElement>("[data-copy-label]");
    if (!label || label.dataset.before) return;
    label.dataset.before = label.textContent ?? "";
    label.textContent = done;
    window.setTimeout(() => {
      label.textContent = label.dataset.before ?? "";
      delete label.dataset.before;
    }, 1600);
  });
}
