// Resumable upload: pieces by PUT with Content-Range; HEAD says how much the server has (Upload-Offset). The form carries
// data-url (a file's own address is made under it) and data-chunk (bytes a piece); the last answer's Location is the
// submission. The address of a file is made of its name, size and date, so choosing it again goes on where it stopped.
import { say } from "../live";

const ATTEMPTS = 6;

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}

async function have(url: string): Promise<number> {
  const answer = await fetch(url, { method: "HEAD", credentials: "same-origin" });
  return answer.ok ? Number(answer.headers.get("Upload-Offset") ?? 0) : 0;
}

export default function upload(form: HTMLElement): void {
  const field = form.querySelector<HTMLInputElement>("input[type=file]")!;
  const list = form.querySelector<HTMLElement>("[data-uploads]")!;
  const pattern = form.querySelector<HTMLTemplateElement>("template")!;
  const token = form.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const piece = Number(form.dataset.chunk);

  async function send(file: File, row: HTMLElement): Promise<void> {
    const url = `${form.dataset.url}${encodeURIComponent(`${file.lastModified}-${file.size}-${file.name}`)}`;
    const bar = row.querySelector<HTMLProgressElement>("progress")!;
    const name = row.querySelector<HTMLAnchorElement>("[data-name]")!;
    const pause = row.querySelector<HTMLButtonElement>("[data-pause]")!;
    const resume = row.querySelector<HTMLButtonElement>("[data-resume]")!;
    const show = (state: string) => {
      for (const each of Array.from(row.querySelectorAll<HTMLElement>("[data-when]"))) each.hidden = each.dataset.when !== state;
    };
    let paused = false;
    pause.onclick = () => {
      paused = true;
    };
    show("sending");
    let sent = await have(url).catch(() => 0);
    let failures = 0;
    while (sent < file.size && !paused && failures < ATTEMPTS) {
      const end = Math.min(file.size, sent + piece);
      try {
        const answer = await fetch(url, {
          method: "PUT",
          body: file.slice(sent, end),
          credentials: "same-origin",
          headers: { "Content-Range": `bytes ${sent}-${end - 1}/${file.size}`, "X-CSRFToken": token },
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const place = answer.headers.get("Location");
        if (place) name.href = place;
        sent = end;
        failures = 0;
      } catch {
        failures += 1;
        await wait(500 * 2 ** failures);
        sent = await have(url).catch(() => sent);
      }
      bar.value = (sent / file.size) * 100;
    }
    if (sent >= file.size) {
      show("sent");
      say(`${file.name} 100%`);
    } else {
      show("stopped");
      resume.onclick = () => void send(file, row);
    }
  }

  field.addEventListener("change", () => {
    for (const file of Array.from(field.files ?? [])) {
      const row = pattern.content.firstElementChild!.cloneNode(true) as HTMLElement;
      row.querySelector("[data-name]")!.textContent = file.name;
      row.querySelector("progress")!.setAttribute("aria-label", file.name);
      list.append(row);
      void send(file, row);
    }
    field.value = "";
  });
  form.querySelector<HTMLElement>("[data-plain]")!.hidden = true;
}
