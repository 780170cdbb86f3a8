// Times: what moment.js would show, by the browser's Intl, in the page's language, and in the zone
// that the server names (data-zone), or else the browser's. Without JavaScript the page shows them
// in UTC, or in the zone that the server names.

// The browser's kind of the page's language, such as British English, or else what the page names.
const spoken = document.documentElement.lang;
const language = navigator.languages.find((tag) => tag.startsWith(`${spoken}-`)) ?? spoken;
let timeZone; // of the time that is being written; undefined is the browser's
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = [
  ["year", 365.25 * DAY],
  ["month", 30.44 * DAY],
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
  ["second", 1000],
];
const CLOCK = ["year", "month", "day", "hour", "minute", "second"];
// moment.js's localised formats.
const STYLES = {
  LT: { timeStyle: "short" },
  LTS: { timeStyle: "medium" },
  L: { dateStyle: "short" },
  LL: { dateStyle: "long" },
  LLL: { dateStyle: "long", timeStyle: "short" },
  LLLL: { dateStyle: "full", timeStyle: "short" },
  l: { dateStyle: "short" },
  ll: { dateStyle: "medium" },
  lll: { dateStyle: "medium", timeStyle: "short" },
  llll: { dateStyle: "full", timeStyle: "short" },
};

function inWords(moment, options) {
  return new Intl.DateTimeFormat(language, { ...options, timeZone }).format(moment);
}

function part(moment, options, type) {
  const format = new Intl.DateTimeFormat(language, { ...options, timeZone });
  return format.formatToParts(moment).find((found) => found.type === type)?.value ?? "";
}

// What the zone's clocks show, as a Date that tells it by its getters for UTC.
function onTheWall(moment) {
  const style = Object.fromEntries(CLOCK.map((unit) => [unit, "numeric"]));
  const clock = new Intl.DateTimeFormat("en", { ...style, hourCycle: "h23", timeZone });
  const parts = clock.formatToParts(moment);
  const [year, month, ...rest] = CLOCK.map((unit) =>
    Number(parts.find(({ type }) => type === unit).value),
  );
  return new Date(Date.UTC(year, month - 1, ...rest));
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}

const TOKENS = {
  YYYY: (wall) => wall.getUTCFullYear(),
  YY: (wall) => twoDigits(wall.getUTCFullYear() % 100),
  MMMM: (_wall, moment) => part(moment, { month: "long", day: "numeric" }, "month"),
  MMM: (_wall, moment) => part(moment, { month: "short", day: "numeric" }, "month"),
  MM: (wall) => twoDigits(wall.getUTCMonth() + 1),
  M: (wall) => wall.getUTCMonth() + 1,
  DD: (wall) => twoDigits(wall.getUTCDate()),
  D: (wall) => wall.getUTCDate(),
  dddd: (_wall, moment) => inWords(moment, { weekday: "long" }),
  ddd: (_wall, moment) => inWords(moment, { weekday: "short" }),
  HH: (wall) => twoDigits(wall.getUTCHours()),
  H: (wall) => wall.getUTCHours(),
  hh: (wall) => twoDigits(wall.getUTCHours() % 12 || 12),
  h: (wall) => wall.getUTCHours() % 12 || 12,
  mm: (wall) => twoDigits(wall.getUTCMinutes()),
  m: (wall) => wall.getUTCMinutes(),
  ss: (wall) => twoDigits(wall.getUTCSeconds()),
  s: (wall) => wall.getUTCSeconds(),
  A: (_wall, moment) => part(moment, { hour: "numeric", hour12: true }, "dayPeriod"),
  a: (_wall, moment) => part(moment, { hour: "numeric", hour12: true }, "dayPeriod").toLowerCase(),
  X: (_wall, moment) => Math.floor(moment / 1000),
  x: (_wall, moment) => Number(moment),
};
const TOKEN = new RegExp(
  `\\[([^\\]]*)\\]|${[...Object.keys(STYLES), ...Object.keys(TOKENS)]
    .sort((one, other) => other.length - one.length)
    .join("|")}`,
  "g",
);

function format(moment, pattern) {
  if (!pattern) return `${format(moment, "YYYY-MM-DD[T]HH:mm:ss")}${offset(moment)}`;
  const wall = onTheWall(moment);
  return pattern.replace(TOKEN, (token, literal) => {
    if (literal !== undefined) return literal;
    return STYLES[token] ? inWords(moment, STYLES[token]) : TOKENS[token](wall, moment);
  });
}

function offset(moment) {
  const minutes = Math.round((onTheWall(moment) - moment) / MINUTE);
  const hours = twoDigits(Math.floor(Math.abs(minutes) / 60));
  return `${minutes < 0 ? "-" : "+"}${hours}:${twoDigits(Math.abs(minutes) % 60)}`;
}

// `from` other to moment: "3 hours ago", or "3 hours" alone.
function relative(moment, other, bare) {
  const difference = moment - other;
  const [unit, length] =
    UNITS.find(([, size]) => Math.abs(difference) >= size * 0.95) ?? UNITS.at(-1);
  const number = Math.round(difference / length);
  if (!bare) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(number, unit);
  const style = { style: "unit", unit, unitDisplay: "long" };
  return new Intl.NumberFormat(language, style).format(Math.abs(number));
}

function dayOf(moment) {
  return Math.floor(onTheWall(moment) / DAY);
}

function calendar(moment) {
  const days = dayOf(moment) - dayOf(new Date());
  const time = inWords(moment, STYLES.LT);
  if (Math.abs(days) <= 1) {
    const day = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day");
    return `${day} ${time}`;
  }
  if (Math.abs(days) < 7) return `${inWords(moment, { weekday: "long" })} ${time}`;
  return inWords(moment, STYLES.L);
}

function difference(moment, other, units) {
  const length = Object.fromEntries(UNITS);
  const unit = units.replace(/s$/, "");
  return Math.trunc((moment - other) / (unit === "week" ? 7 * DAY : length[unit]));
}

function shown(moment, { function: kind, format: pattern, other, bare, units }) {
  switch (kind) {
    case "format": return format(moment, pattern);
    case "fromNow": return relative(moment, new Date(), bare);
    case "toNow": return relative(new Date(), moment, bare);
    case "from": return relative(moment, new Date(other), bare);
    case "to": return relative(new Date(other), moment, bare);
    case "calendar": return calendar(moment);
    case "diff": return difference(moment, new Date(other), units);
    case "unix": return Math.floor(moment / 1000);
    default: return Number(moment);
  }
}

function show(element) {
  timeZone = element.dataset.zone;
  element.title ||= element.textContent;
  element.textContent = shown(new Date(element.dateTime), element.dataset);
}

// A browser may be older than a zone's name: then what the server wrote is best.
function isKnown(zone) {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

for (const element of document.querySelectorAll("time[data-function]")) {
  if (!isKnown(element.dataset.zone)) continue;
  show(element);
  if (element.dataset.refresh) setInterval(show, Number(element.dataset.refresh), element);
}
