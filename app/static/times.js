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
// moment.js's localised formats, in the words and the order of the language.
const STYLES = {
  LT: { timeStyle: "short" },
  LTS: { timeStyle: "medium" },
  L: { year: "numeric", month: "2-digit", day: "2-digit" },
  LL: { dateStyle: "long" },
  LLL: { dateStyle: "long", timeStyle: "short" },
  LLLL: { dateStyle: "full", timeStyle: "short" },
  l: { year: "numeric", month: "numeric", day: "numeric" },
  ll: { dateStyle: "medium" },
  lll: { dateStyle: "medium", timeStyle: "short" },
  llll: {
    weekday: "short", year: "numeric", month: "short", day: "numeric",
    hour: "numeric", minute: "2-digit",
  },
};

// What Intl does not tell, and moment.js knows: a language beside these two has its own here.
// A week belongs to the year in which its decisive day lies.
const ISO = { firstDay: 1, decisiveDay: 4 };
const ENGLISH = {
  firstDay: 0,
  decisiveDay: 6,
  endings: { one: "st", two: "nd", few: "rd", other: "th" },
  ordinal(number) {
    return number + this.endings[new Intl.PluralRules("en", { type: "ordinal" }).select(number)];
  },
  partsOfDay: [[1200, "AM"], [2400, "PM"]], // and until when they last
};
const CHINESE = {
  ...ISO,
  endings: { M: "月", D: "日", DDD: "日", d: "日", w: "周", W: "周" },
  ordinal(number, unit) {
    return number + (this.endings[unit] ?? "");
  },
  partsOfDay: [
    [600, "凌晨"], [900, "早上"], [1130, "上午"], [1230, "中午"], [1800, "下午"], [2400, "晚上"],
  ],
};
const grammar = language.startsWith("zh") ? CHINESE : ENGLISH;

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

function pad(number, digits) {
  return String(number).padStart(digits, "0");
}

function dayOfYear(wall) {
  return Math.floor((wall - Date.UTC(wall.getUTCFullYear(), 0)) / DAY) + 1;
}

function dayOfWeek(wall, { firstDay }) {
  return (wall.getUTCDay() - firstDay + 7) % 7;
}

function weekOf(wall, calendar) {
  const daysAhead = calendar.decisiveDay - calendar.firstDay - dayOfWeek(wall, calendar);
  const decisive = new Date(Number(wall) + daysAhead * DAY);
  return { year: decisive.getUTCFullYear(), number: Math.ceil(dayOfYear(decisive) / 7) };
}

function partOfDay(wall) {
  const now = wall.getUTCHours() * 100 + wall.getUTCMinutes();
  return grammar.partsOfDay.find(([end]) => now < end)[1];
}

function offset(wall, moment, separator) {
  const minutes = Math.round((wall - moment) / MINUTE);
  const hours = pad(Math.floor(Math.abs(minutes) / 60), 2);
  return `${minutes < 0 ? "-" : "+"}${hours}${separator}${pad(Math.abs(minutes) % 60, 2)}`;
}

// moment.js's tokens; those that follow from others come below. Its shortest names of days are the
// first two letters in English, and what comes after 周 in Chinese.
const TOKENS = {
  M: (wall) => wall.getUTCMonth() + 1,
  MMM: (_wall, moment) => inWords(moment, { month: "short" }),
  MMMM: (_wall, moment) => inWords(moment, { month: "long" }),
  Q: (wall) => Math.ceil((wall.getUTCMonth() + 1) / 3),
  D: (wall) => wall.getUTCDate(),
  DDD: dayOfYear,
  DDDD: (wall) => pad(dayOfYear(wall), 3),
  d: (wall) => wall.getUTCDay(),
  dd: (_wall, moment) => inWords(moment, { weekday: "short" }).replace("周", "").slice(0, 2),
  ddd: (_wall, moment) => inWords(moment, { weekday: "short" }),
  dddd: (_wall, moment) => inWords(moment, { weekday: "long" }),
  e: (wall) => dayOfWeek(wall, grammar),
  E: (wall) => dayOfWeek(wall, ISO) + 1,
  w: (wall) => weekOf(wall, grammar).number,
  W: (wall) => weekOf(wall, ISO).number,
  gg: (wall) => pad(weekOf(wall, grammar).year % 100, 2),
  gggg: (wall) => pad(weekOf(wall, grammar).year, 4),
  GG: (wall) => pad(weekOf(wall, ISO).year % 100, 2),
  GGGG: (wall) => pad(weekOf(wall, ISO).year, 4),
  y: (wall) => wall.getUTCFullYear(),
  Y: (wall) => wall.getUTCFullYear(),
  YY: (wall) => pad(wall.getUTCFullYear() % 100, 2),
  YYYY: (wall) => pad(wall.getUTCFullYear(), 4),
  YYYYYY: (wall) => `+${pad(wall.getUTCFullYear(), 6)}`,
  N: (_wall, moment) => part(moment, { era: "short" }, "era"),
  NNNN: (_wall, moment) => part(moment, { era: "long" }, "era"),
  A: partOfDay,
  a: (wall) => partOfDay(wall).toLowerCase(),
  H: (wall) => wall.getUTCHours(),
  h: (wall) => wall.getUTCHours() % 12 || 12,
  k: (wall) => wall.getUTCHours() || 24,
  m: (wall) => wall.getUTCMinutes(),
  s: (wall) => wall.getUTCSeconds(),
  Z: (wall, moment) => offset(wall, moment, ":"),
  ZZ: (wall, moment) => offset(wall, moment, ""),
  z: (_wall, moment) => part(moment, { timeZoneName: "short" }, "timeZoneName"),
  X: (_wall, moment) => Math.floor(moment / 1000),
  x: (_wall, moment) => Number(moment),
};
for (const unit of ["M", "Q", "D", "DDD", "d", "w", "W"]) {
  TOKENS[`${unit}o`] = (wall) => grammar.ordinal(TOKENS[unit](wall), unit);
}
for (const unit of ["M", "D", "w", "W", "H", "h", "k", "m", "s"]) {
  TOKENS[unit + unit] = (wall) => pad(TOKENS[unit](wall), 2);
}
for (let digits = 1; digits <= 9; digits += 1) {
  TOKENS["S".repeat(digits)] = (_wall, moment) =>
    pad(moment.getUTCMilliseconds(), 3).padEnd(9, "0").slice(0, digits);
}
for (const same of ["NN", "NNN", "NNNNN"]) TOKENS[same] = TOKENS.N;
for (const same of ["yy", "yyy", "yyyy"]) TOKENS[same] = TOKENS.y;
TOKENS.zz = TOKENS.z;

const TOKEN = new RegExp(
  `\\[([^\\]]*)\\]|${[...Object.keys(STYLES), ...Object.keys(TOKENS)]
    .sort((one, other) => other.length - one.length)
    .join("|")}`,
  "g",
);

function format(moment, pattern = "YYYY-MM-DDTHH:mm:ssZ") {
  const wall = onTheWall(moment);
  return pattern.replace(TOKEN, (token, literal) => {
    if (literal !== undefined) return literal;
    return STYLES[token] ? inWords(moment, STYLES[token]) : TOKENS[token](wall, moment);
  });
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

function showAll(root) {
  for (const element of root.querySelectorAll("time[data-function]")) {
    if (!isKnown(element.dataset.zone)) continue;
    show(element);
    if (element.dataset.refresh) setInterval(show, Number(element.dataset.refresh), element);
  }
}

showAll(document);
// Another script tells of what it has put into the page.
document.addEventListener("added", ({ target }) => showAll(target));
