// Times: what moment.js would show, by the browser's Intl, in the visitor's zone and the page's
// language. Without JavaScript the page shows them in UTC.

const language = document.documentElement.lang;
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
  return new Intl.DateTimeFormat(language, options).format(moment);
}

function part(moment, options, type) {
  const parts = new Intl.DateTimeFormat(language, options).formatToParts(moment);
  return parts.find((found) => found.type === type)?.value ?? "";
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}

const TOKENS = {
  YYYY: (moment) => moment.getFullYear(),
  YY: (moment) => twoDigits(moment.getFullYear() % 100),
  MMMM: (moment) => part(moment, { month: "long", day: "numeric" }, "month"),
  MMM: (moment) => part(moment, { month: "short", day: "numeric" }, "month"),
  MM: (moment) => twoDigits(moment.getMonth() + 1),
  M: (moment) => moment.getMonth() + 1,
  DD: (moment) => twoDigits(moment.getDate()),
  D: (moment) => moment.getDate(),
  dddd: (moment) => inWords(moment, { weekday: "long" }),
  ddd: (moment) => inWords(moment, { weekday: "short" }),
  HH: (moment) => twoDigits(moment.getHours()),
  H: (moment) => moment.getHours(),
  hh: (moment) => twoDigits(moment.getHours() % 12 || 12),
  h: (moment) => moment.getHours() % 12 || 12,
  mm: (moment) => twoDigits(moment.getMinutes()),
  m: (moment) => moment.getMinutes(),
  ss: (moment) => twoDigits(moment.getSeconds()),
  s: (moment) => moment.getSeconds(),
  A: (moment) => part(moment, { hour: "numeric", hour12: true }, "dayPeriod"),
  a: (moment) => part(moment, { hour: "numeric", hour12: true }, "dayPeriod").toLowerCase(),
  X: (moment) => Math.floor(moment / 1000),
  x: (moment) => Number(moment),
};
const TOKEN = new RegExp(
  `\\[([^\\]]*)\\]|${[...Object.keys(STYLES), ...Object.keys(TOKENS)]
    .sort((one, other) => other.length - one.length)
    .join("|")}`,
  "g",
);

function format(moment, pattern) {
  if (!pattern) return `${format(moment, "YYYY-MM-DD[T]HH:mm:ss")}${offset(moment)}`;
  return pattern.replace(TOKEN, (token, literal) => {
    if (literal !== undefined) return literal;
    return STYLES[token] ? inWords(moment, STYLES[token]) : TOKENS[token](moment);
  });
}

function offset(moment) {
  const minutes = -moment.getTimezoneOffset();
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

function midnight(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
}

function calendar(moment) {
  const days = Math.round((midnight(moment) - midnight(new Date())) / DAY);
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
  element.title ||= element.textContent;
  element.textContent = shown(new Date(element.dateTime), element.dataset);
}

for (const element of document.querySelectorAll("time[data-function]")) {
  show(element);
  if (element.dataset.refresh) setInterval(show, Number(element.dataset.refresh), element);
}
