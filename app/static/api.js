// The reference of the API sends the calls that it describes to this site, as any program would: with
// the token that was typed, if one was, and never with the login of this browser.

const token = document.getElementById("token");
const SHOWN = [
  "content-type", "etag", "link", "location", "idempotent-replayed", "ratelimit", "ratelimit-policy",
  "retry-after", "www-authenticate",
];

for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
for (const form of document.querySelectorAll(".try")) form.addEventListener("submit", send);
token.form.addEventListener("submit", stay);
addEventListener("pagehide", () => { token.value = ""; }); // or whoever goes back would find it

function stay(event) {
  event.preventDefault();
  event.stopPropagation(); // forms.js would let nothing be sent twice
}

async function send(event) {
  stay(event);
  const form = event.target;
  const [address, request] = read(form);
  const answer = form.nextElementSibling;
  const status = answer.querySelector("[role=status]");
  const whole = answer.querySelector("pre");
  try {
    const response = await fetch(address, request);
    status.textContent = `${response.status} ${response.statusText}`;
    whole.textContent = [...listHeaders(response), "", await readBody(response)].join("\n").trim();
    whole.hidden = false;
  } catch (error) {
    status.textContent = error.message;
    whole.hidden = true;
  }
}

// Returns the address, and the options of `fetch`.
function read(form) {
  const headers = {};
  const query = new URLSearchParams();
  let { path } = form.dataset;
  let body;
  for (const { name, value, dataset } of form.elements) {
    if (dataset.place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    if (dataset.place === "query" && value) query.set(name, value);
    if (dataset.place === "header" && value) headers[name] = value;
    if (dataset.place === "body") body = value;
  }
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token.value) headers.Authorization = `Bearer ${token.value.trim()}`;
  const options = { method: form.dataset.method, headers, body, credentials: "omit", cache: "no-store" };
  return [String(query) ? `${path}?${query}` : path, options];
}

function listHeaders({ headers }) {
  return SHOWN.filter((name) => headers.has(name)).map((name) => `${name}: ${headers.get(name)}`);
}

// JSON with one field a line.
async function readBody(response) {
  const text = await response.text();
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
