// Opens pages in Chromium, as people do, and fails on what they would stumble over.
//
//   node browser.mjs CHROMIUM PAGE...
//
// It needs playwright-core. A line for each fault goes to standard error.
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, ...files] = process.argv.slice(2);
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const widths = [400, 768, 1400];
let faults = 0;
const fault = (where, what) => {
  faults++;
  console.error(`${where}: ${what}`);
};

// Text that is there must stand out from what is behind it: WCAG 2.2, 1.4.3 (AA).
const contrasts = () => {
  const rgb = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const found = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest("script, svg")) continue;
    const [a, b] = [luminance(rgb(getComputedStyle(e).color)), luminance(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.set(`${e.tagName.toLowerCase()}.${e.className}`, ratio.toFixed(2));
  }
  return [...found];
};

const check = async (browser, file, width, colorScheme, javaScriptEnabled) => {
  const where = `${file} at ${width} px, ${colorScheme}${javaScriptEnabled ? "" : ", without scripts"}`;
  const url = pathToFileURL(file).href;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled });
  const page = await context.newPage();
  page.on("console", (m) => fault(where, `console: ${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => fault(where, `script: ${e}`));
  page.on("request", (r) => r.url() === url || r.url().startsWith("data:") || fault(where, `it asks for ${r.url()}`));
  await page.goto(url);
  // What is closed must fit, too, once it is open.
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (content > view) fault(where, `${content} px wide: it scrolls sideways`);
  for (const [element, ratio] of await page.evaluate(contrasts)) fault(where, `the contrast of ${element} is ${ratio}`);
  await context.close();
};

// With a keyboard alone: the first Tab leads to the link past the head, if there is a head.
const tabs = async (browser, file) => {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(file).href);
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.getAttribute("href"));
  if (first !== "#main" && (await page.locator("body > :not(main, script)").count())) fault(file, `the first Tab leads to ${first}`);
  const filter = page.locator('.filter button[data-show="pass"]');
  if (await filter.count()) {
    await filter.focus();
    await page.keyboard.press("Enter");
    const left = await page.locator("tr[data-verdict]:visible").evaluateAll((rows) => rows.map((r) => r.dataset.verdict));
    if (!left.length || left.some((v) => v !== "pass")) fault(file, `the filter for passed leaves ${left}`);
  }
  await page.close();
};

const browser = await chromium.launch({ executablePath, args });
try {
  for (const file of files) {
    for (const width of widths) for (const scheme of ["light", "dark"]) await check(browser, file, width, scheme, true);
    await check(browser, file, 400, "light", false);
    await tabs(browser, file);
  }
} finally {
  await browser.close();
}
console.log(`${files.length} pages, ${faults} faults`);
process.exit(faults ? 1 : 0);
