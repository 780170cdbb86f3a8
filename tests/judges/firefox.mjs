// Visit every page in Firefox, and print as JSON how many were seen and what Firefox complained of.

import puppeteer from "puppeteer-core";

const [executablePath, site, password, code] = process.argv.slice(2);
const complaints = [];
let pages = 0;

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  acceptInsecureCerts: true,
});
const page = await browser.newPage();
page.on("console", (message) => complaints.push(`${page.url()}: ${message.text()}`));
page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
await page.evaluateOnNewDocument(() => {
  addEventListener("securitypolicyviolation", (event) => {
    console.error(`blocked by ${event.effectiveDirective}: ${event.blockedURI}`);
  });
});

async function see(heading) {
  const found = await page.$eval("h1", (element) => element.textContent);
  if (found !== heading) complaints.push(`${page.url()}: ${found} in place of ${heading}`);
  pages += 1;
}

async function open(path, heading) {
  await page.goto(`${site}${path}`);
  await see(heading);
}

async function press(button, heading) {
  await Promise.all([page.waitForNavigation(), page.click(button)]);
  await see(heading);
}

async function say(name, heading) {
  await page.$eval("#name", (field) => { field.value = ""; });
  await page.type("#name", name);
  await press("#submit", heading);
}

await open("/", "Hello, Stranger!");
await say("john", "Hello, john!");
await say("john", "Hello, john!");
await say("x".repeat(65), "Hello, john!");
await open("/user/john", "john");
await open("/auth/register", "Sign up");
await page.type("#name", "susan");
await page.type("#email", "susan@localhost"); // which browsers take, and Flasky does not
await press("#submit", "Sign up");
await open("/auth/login", "Log in");
await page.type("#login", "david");
await page.type("#password", password);
await press("#submit", "Enter your code");
await page.type("#code", code);
await press("#submit", "Hello, david!");
await open("/auth/settings", "Settings");
await open("/auth/settings/password", "Change password");
await open("/auth/settings/tokens", "API tokens");
await open("/api", "API");
await page.$eval("#list_roles summary", (summary) => summary.click());
await page.click("#list_roles button");
await page.waitForSelector("#list_roles .answer pre:not([hidden])");
await open("/admin/", "Administration");
await open("/admin/users", "Users");
await open("/admin/users/1", "john");
await open("/admin/mails", "Outgoing email");
await open("/admin/log", "Activity log");
await open("/nowhere", "Page not found");
await page.click("[value=dark]");
await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
await press("[value=zh_Hans]", "找不到页面");
await open("/", "你好，david！");
await browser.close();
console.log(JSON.stringify({ pages, complaints }));
