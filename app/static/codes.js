// Codes to keep: to the clipboard, into a file, onto paper.

const codes = [...document.querySelectorAll("#codes code")].map((code) => code.textContent);
const text = codes.join("\n") + "\n";
const copy = document.getElementById("copy");
const download = document.getElementById("download");

copy.hidden = !navigator.clipboard; // which there is on a safe connection alone
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(text);
  copy.textContent = copy.dataset.done;
});
download.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
document.getElementById("print")?.addEventListener("click", () => print());
download.parentElement.hidden = false;
