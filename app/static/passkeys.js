// Passkeys: the server says what one is to sign, the browser lets one do so, and a form is sent with
// that. Where a browser cannot do it, the form stays as it came: hidden, or with a note.

const say = document.querySelector("[data-passkey]"); // what there is to tell, and what to do
const form = document.querySelector("input[name=credential]").form;
const names = document.querySelector("[autocomplete~=webauthn]"); // the field that offers passkeys
const AGAIN = 4 * 60_000; // milliseconds: before the server forgets what it has asked for

let request = new AbortController();
let timer;

form.addEventListener("submit", (event) => {
  if (!isPossible()) return; // the server says why
  event.preventDefault();
  event.stopPropagation(); // to forms.js, which would take it for sent
  say.textContent = "";
  ask().catch((error) => {
    if (error.name === "AbortError") return;
    say.textContent = say.dataset[error.name === "InvalidStateError" ? "known" : "failed"];
    offer();
  });
});

if (isPossible()) {
  form.hidden = false;
  document.getElementById("no-passkeys")?.remove();
  offer();
}

function isPossible() {
  const knows = window.PublicKeyCredential?.parseCreationOptionsFromJSON;
  return Boolean(knows) && location.origin === say.dataset.origin;
}

// In the list that the browser shows below the field for the name, as long as the page is open.
async function offer() {
  if (!names || !await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  ask({ mediation: "conditional" }).catch(() => {}); // nobody has asked for it
  timer = setTimeout(offer, AGAIN);
}

async function ask(how = {}) {
  clearTimeout(timer);
  request.abort(); // a browser waits for one passkey at a time
  request = new AbortController();
  const { signal } = request;
  const answer = await fetch(say.dataset.passkey, { signal, headers: { Accept: "application/json" } });
  if ([401, 403].includes(answer.status)) return location.reload(); // which leads to what is needed
  const options = await answer.json();
  const credential = "user" in options
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options), signal })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options), signal, ...how });
  form.elements.credential.value = JSON.stringify(credential);
  if (form.elements.keep) form.elements.keep.disabled = !document.getElementById("keep").checked;
  HTMLFormElement.prototype.submit.call(form); // whatever its button is called
}
