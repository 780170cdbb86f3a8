// Forms: each is sent once however often its button is pressed, and the colours change at once.

const PATIENCE = 10_000; // milliseconds, after which whoever waits in vain may press again

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
  } else if (event.submitter?.name === "theme") {
    event.preventDefault();
    chooseTheme(form, event.submitter);
  } else {
    form.dataset.sent = "yes";
    setTimeout(forget, PATIENCE, form);
  }
});

// A page that the browser kept comes back as it was left: with its forms marked as sent.
addEventListener("pageshow", () => document.querySelectorAll("form").forEach(forget));

function forget(form) {
  delete form.dataset.sent;
}

// Without leaving the page, and what may be typed there.
async function chooseTheme(form, button) {
  for (const other of form.querySelectorAll("[name=theme]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  document.documentElement.dataset.theme = button.value;
  await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams({ theme: button.value }),
    redirect: "manual",
    keepalive: true,
  });
}
