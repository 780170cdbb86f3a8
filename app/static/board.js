// The text of a message is kept on this device until it has been sent, and put back after a login, an
// error, or a network that was away. Its characters are counted as people count them.

const DAYS_TO_KEEP = 7;
const MILLISECONDS_IN_A_DAY = 24 * 60 * 60 * 1000;

for (const { dataset } of document.querySelectorAll("[data-sent]")) {
  localStorage.removeItem(keyOf(dataset.sent));
}

for (const draft of document.querySelectorAll(".draft")) {
  const field = draft.querySelector("textarea");
  putBack(draft, field);
  count(draft, field);
  field.addEventListener("input", () => {
    keep(draft, field);
    count(draft, field);
  });
}

function keyOf(name) {
  return `draft/${name}`;
}

function keep(draft, field) {
  const key = keyOf(draft.dataset.draft);
  if (field.value === field.defaultValue) localStorage.removeItem(key);
  else localStorage.setItem(key, JSON.stringify({ text: field.value, at: Date.now() }));
}

function putBack(draft, field) {
  const key = keyOf(draft.dataset.draft);
  const { text, at } = JSON.parse(localStorage.getItem(key) ?? "{}");
  if (Date.now() - at > DAYS_TO_KEEP * MILLISECONDS_IN_A_DAY) localStorage.removeItem(key);
  else if (text && text !== field.value) {
    field.value = text;
    add(draft, "draft-back", draft.dataset.back).role = "status";
  }
}

// Without the segmenter, the server alone counts.
function count(draft, field) {
  if (!Intl.Segmenter) return;
  const { most, count: words } = draft.dataset;
  const segments = new Intl.Segmenter().segment(field.value.trim());
  const number = [...segments].length;
  const shown = draft.querySelector(".draft-count") ?? add(draft, "draft-count", "");
  shown.textContent = words.replace("{count}", number).replace("{most}", most);
  draft.classList.toggle("is-too-long", number > most);
  shown.ariaLive = number > most ? "polite" : "off"; // each letter need not be said
}

function add(draft, name, text) {
  const note = document.createElement("p");
  note.className = `form-text ${name}`;
  note.textContent = text;
  draft.append(note);
  return note;
}
