// Forms: each is sent once however often its button is pressed, the theme changes at once, a change
// of the language keeps what was typed, and a password can be shown.

const PATIENCE = 10_000; // milliseconds, after which whoever waits in vain may press again
const TYPED = "main input:not([type=hidden], [type=password]), main textarea"; // and no passwords

addEventListener("submit", (event) => {
  const form = event.target;
  const chosen = event.submitter?.name;
  if (chosen === "theme") {
    event.preventDefault();
    chooseTheme(form, event.submitter.value);
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(forget, PATIENCE, form);
  if (chosen === "language") keepTyped();
});

// A page that the browser kept comes back as it was left: with its forms marked as sent, and in the
// theme of that time.
addEventListener("pageshow", ({ persisted }) => {
  document.querySelectorAll("form").forEach(forget);
  const theme = localStorage.getItem("theme");
  if (persisted && theme) showTheme(theme);
});

// Another tab of this browser has another theme now.
addEventListener("storage", ({ key, newValue }) => {
  if (key === "theme" && newValue) showTheme(newValue);
});

function forget(form) {
  delete form.dataset.sent;
}

let lastChoice = Promise.resolve(); // choices are sent one after the other

// Without leaving the page, and what may be typed there. The server writes pages as the cookie says;
// what is kept here is for pages that are open, and for one that was asked for before the cookie came.
function chooseTheme(form, theme) {
  const before = document.documentElement.dataset.theme ?? "system";
  showTheme(theme);
  localStorage.setItem("theme", theme);
  lastChoice = lastChoice.then(() => send(form, theme)).then((isKept) => {
    if (isKept || localStorage.getItem("theme") !== theme) return;
    showTheme(before);
    localStorage.setItem("theme", before);
  });
}

function chooseAgain() {
  const form = document.querySelector("button[name=theme]")?.form;
  const theme = localStorage.getItem("theme");
  const came = document.documentElement.dataset.theme ?? "system";
  if (form && theme && theme !== came) chooseTheme(form, theme);
}

async function send(form, theme) {
  const body = new URLSearchParams({ theme });
  const options = { method: "POST", body, redirect: "manual", keepalive: true };
  try {
    return (await fetch(form.action, options)).type === "opaqueredirect";
  } catch {
    return false;
  }
}

function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

function keepTyped() {
  const typed = [...document.querySelectorAll(TYPED)].map((field) => [field.id, field.value]);
  sessionStorage.setItem("typed", JSON.stringify({ path: location.pathname, typed }));
}

function giveBackTyped() {
  const { path, typed } = JSON.parse(sessionStorage.getItem("typed") ?? "{}");
  sessionStorage.removeItem("typed");
  if (path !== location.pathname) return;
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (field && !field.value) field.value = value;
  }
}

for (const button of document.querySelectorAll(".reveal")) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const show = (isShown) => {
    field.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
  };
  button.addEventListener("click", () => show(field.type === "password"));
  field.form.addEventListener("submit", () => show(false)); // or the browser would remember it as a text
  button.hidden = false;
}

giveBackTyped();
chooseAgain();
