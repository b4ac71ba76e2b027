// Resumable upload: pieces by PUT with Content-Range; HEAD says how much the server has (Upload-Offset). The element
// carries data-url (the address a file's own address is made under) and data-chunk (bytes a piece).
import { say } from "../live";

const ATTEMPTS = 6;

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}

async function have(url: string): Promise<number> {
  const answer = await fetch(url, { method: "HEAD", credentials: "same-origin" });
  return answer.ok ? Number(answer.headers.get("Upload-Offset") ?? 0) : 0;
}

export default function upload(root: HTMLElement): void {
  const field = root.querySelector<HTMLInputElement>("input[type=file]")!;
  const list = root.querySelector<HTMLElement>("[data-uploads]")!;
  const pattern = root.querySelector<HTMLTemplateElement>("template")!;
  const token = root.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const piece = Number(root.dataset.chunk ?? 8 * 1024 * 1024);

  async function send(file: File, row: HTMLElement): Promise<void> {
    const url = `${root.dataset.url}${encodeURIComponent(`${file.lastModified}-${file.size}-${file.name}`)}`;
    const bar = row.querySelector<HTMLProgressElement>("progress")!;
    const state = (name: string) => {
      for (const each of Array.from(row.querySelectorAll<HTMLElement>("[data-when]"))) each.hidden = each.dataset.when !== name;
    };
    state("sending");
    let paused = false;
    row.querySelector("[data-pause]")?.addEventListener("click", () => {
      paused = true;
    });
    let sent = await have(url).catch(() => 0);
    for (let failures = 0; sent < file.size && !paused; ) {
      const end = Math.min(file.size, sent + piece);
      try {
        const answer = await fetch(url, {
          method: "PUT",
          body: file.slice(sent, end),
          credentials: "same-origin",
          headers: { "Content-Range": `bytes ${sent}-${end - 1}/${file.size}`, "X-CSRFToken": token },
        });
        if (!answer.ok) throw new Error(String(answer.status));
        sent = end;
        failures = 0;
        bar.value = (sent / file.size) * 100;
      } catch {
        failures += 1;
        if (failures >= ATTEMPTS) break;
        await wait(500 * 2 ** failures);
        sent = await have(url).catch(() => sent);
      }
    }
    const done = sent >= file.size;
    state(done ? "sent" : "stopped");
    if (done) say(`${file.name} 100%`);
    else row.querySelector("[data-resume]")?.addEventListener("click", () => void send(file, row), { once: true });
  }

  field.addEventListener("change", () => {
    for (const file of Array.from(field.files ?? [])) {
      const row = pattern.content.firstElementChild!.cloneNode(true) as HTMLElement;
      row.querySelector("[data-name]")!.textContent = file.name;
      list.append(row);
      void send(file, row);
    }
    field.value = "";
  });
}
