// Messages on an open page stay as they are on the board: new ones are told of, edited ones get their
// new text, and of hidden and deleted ones a word is left. The newest page asks every few seconds, of
// everybody alike; other pages ask once a minute for what they themselves would be now. Nothing that
// is being read moves: what is new waits for a click, and what is gone keeps its place.

const live = document.querySelector("[data-live]");
const LONGEST_PAUSE = 60; // seconds
const MOST_WAITING = 500;
const WINDOW = 100; // messages that the server tells of
const HIDDEN = "hidden"; // the version of what its author, or a moderator, still sees
const GONE = [404, 410];
const PARTS = [".message-head", ".message-text", ".message-reason"];

const newer = live.querySelector(".newer");
const link = newer?.querySelector("a");
const button = makeButton();
const waiting = new Map(); // new messages by their numbers, until somebody wants to see them
const ids = [...messagesIn(live).keys()];
const oldest = live.dataset.hasAll || !ids.length ? 0 : Math.min(...ids); // the page has all since
let versions = new Map(); // of the newest messages, as the server has told them
let tag; // of that
let failures = 0;
let timer;
let isAsking = false;
let isOver = false;

function idOf(message) {
  return Number(message.id.replace("message-", ""));
}

function messagesIn(root) {
  const found = root.querySelectorAll(".messages > .message[id], [data-live] > .message[id]");
  return new Map([...found].map((message) => [idOf(message), message]));
}

function parse(html) {
  return messagesIn(new DOMParser().parseFromString(html, "text/html"));
}

// Asking, again and again

function plan() {
  clearTimeout(timer);
  if (isOver || document.visibilityState === "hidden") return;
  const usual = Number(live.dataset.seconds);
  const pause = Math.min(usual * 1.5 ** failures, Math.max(usual, LONGEST_PAUSE));
  timer = setTimeout(ask, pause * 1000 * (0.8 + 0.4 * Math.random()));
}

async function ask() {
  if (isAsking || isOver || document.visibilityState === "hidden") return;
  isAsking = true;
  try {
    if (live.dataset.live) while (await askForNewest());
    else await compareWithCopy();
    failures = 0;
  } catch {
    failures += 1; // the network is away, or the server
  }
  isAsking = false;
  plan();
}

// Nobody's cookie goes along: the answer is the same for all, and no login lives on because of it.
async function fetchAlike(address, headers) {
  const response = await fetch(address, { credentials: "omit", cache: "no-store", headers });
  if (!response.ok && ![304, ...GONE].includes(response.status)) throw new Error(response.status);
  return response;
}

// The newest page

// Returns whether there is more to ask for at once.
async function askForNewest() {
  if (waiting.size >= MOST_WAITING) return false;
  const missing = listMissing();
  const known = [oldest, ...messagesIn(live).keys(), ...waiting.keys()];
  const after = Math.min(Math.max(...known), ...missing.map((id) => id - 1));
  const headers = tag && !missing.length ? { "If-None-Match": tag } : {};
  const response = await fetchAlike(`${live.dataset.live}&after=${after}`, headers);
  isOver = GONE.includes(response.status); // as after an update of the site
  if (response.status === 304 || isOver) return false;
  const { messages, html } = await response.json();
  versions = new Map(messages);
  const hasMore = takeAll(parse(html));
  forgetWaiting();
  announce();
  await checkMissed();
  tag = response.headers.get("ETag");
  return hasMore && listMissing().length > 0;
}

// Numbers of messages that are on the board, and not on this page in their present version.
function listMissing() {
  const here = messagesIn(live);
  const isMissing = ([id, version]) =>
    id >= oldest && (here.get(id) ?? waiting.get(id))?.dataset.version !== version;
  return [...versions].filter(isMissing).map(([id]) => id);
}

// Returns whether anything was not here yet.
function takeAll(fresh) {
  const here = messagesIn(live);
  let isNew = false;
  for (const [id, message] of fresh) {
    const old = here.get(id) ?? waiting.get(id);
    if (id < oldest || old?.dataset.version === message.dataset.version) continue;
    if (here.has(id)) update(old, message);
    else waiting.set(id, message);
    isNew = true;
  }
  return isNew;
}

// Whether the server would tell of a message, if everybody could see it.
function isInWindow(id) {
  return versions.size < WINDOW || id >= Math.min(...versions.keys());
}

function isMissed(id) {
  return isInWindow(id) && !versions.has(id);
}

function forgetWaiting() {
  for (const id of waiting.keys()) if (isMissed(id)) waiting.delete(id);
}

async function checkMissed() {
  const missed = [...messagesIn(live)].filter(([id]) => isMissed(id));
  await Promise.all(missed.map(([, message]) => check(message)));
}

function makeButton() {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-primary";
  made.addEventListener("click", showWaiting);
  return made;
}

function announce() {
  const { one, other } = live.dataset;
  const text = (waiting.size === 1 ? one : other).replace("{count}", waiting.size);
  if (button.textContent !== text) button.textContent = text; // which is said aloud
  link.hidden = waiting.size > 0;
  if (link.hidden !== button.isConnected) link.hidden ? newer.append(button) : button.remove();
}

function showWaiting() {
  const list = live.querySelector(".messages");
  if (!list) {
    location.reload(); // it was empty
    return;
  }
  const added = [...waiting.values()].sort((one, other) => idOf(other) - idOf(one));
  added.forEach((message) => insert(list, message));
  waiting.clear();
  announce();
  added[0].tabIndex = -1;
  added[0].focus();
}

function insert(list, message) {
  const isOlder = (other) => other.matches(".message[id]") && idOf(other) < idOf(message);
  list.insertBefore(message, [...list.children].find(isOlder) ?? null);
  showTimes(message);
}

// Other pages

async function compareWithCopy() {
  const headers = { "Accept-Language": document.documentElement.lang };
  const response = await fetchAlike(location.href, headers);
  const fresh = response.ok ? parse(await response.text()) : new Map();
  const checked = [...messagesIn(live)].map(([id, message]) => {
    if (!fresh.has(id)) return check(message);
    return message.dataset.version === fresh.get(id).dataset.version || update(message, fresh.get(id));
  });
  await Promise.all(checked);
}

// Changes of what is on the page

// Not everybody sees a message any more; perhaps who reads this page does.
async function check(message) {
  if ([HIDDEN, "gone"].includes(message.dataset.version)) return;
  const response = await fetch(`${live.dataset.board}${idOf(message)}`, { cache: "no-store" });
  if (GONE.includes(response.status)) take(message);
  else if (!response.ok) throw new Error(response.status);
  else {
    const fresh = parse(await response.text()).get(idOf(message));
    if (fresh && fresh.dataset.version !== message.dataset.version) update(message, fresh);
  }
}

function take(message) {
  const hadFocus = message.contains(document.activeElement);
  const note = document.createElement("p");
  note.className = "soft";
  note.textContent = live.dataset.gone;
  message.style.minHeight = `${message.getBoundingClientRect().height}px`;
  message.replaceChildren(note);
  message.dataset.version = "gone";
  if (!hadFocus) return;
  message.tabIndex = -1;
  message.focus({ preventScroll: true });
}

// What can be done about it stays; but nobody replies to what is hidden.
function update(old, fresh) {
  if (old.dataset.version === "gone") {
    old.replaceWith(fresh);
    showTimes(fresh);
    return;
  }
  const parts = fresh.dataset.version === HIDDEN ? [...PARTS, ".links"] : PARTS;
  if (parts.some((part) => old.querySelector(part)?.contains(document.activeElement))) return; // later
  for (const part of parts) replacePart(old, fresh, part);
  old.dataset.version = fresh.dataset.version;
  showTimes(old);
}

// In the reader's zone, of which an answer for everybody knows nothing.
function showTimes(message) {
  const { zone } = live.dataset;
  if (zone) message.querySelectorAll("time").forEach((time) => (time.dataset.zone = zone));
  message.dispatchEvent(new Event("added", { bubbles: true })); // times.js listens
}

function replacePart(old, fresh, part) {
  const [before, after] = [old.querySelector(part), fresh.querySelector(part)];
  if (before && after) before.replaceWith(after);
  else if (after) old.querySelector(".message-text").after(after);
  else before?.remove();
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") ask();
  else clearTimeout(timer);
});
plan();
