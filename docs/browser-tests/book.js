// What all the tests need: the built book on a server of its own, a browser, and pages that report every problem.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../target/book/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DEADLINE = 60_000; // a busy machine needs more than ten
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export const FILES = `file://${ROOT}`;
export const LANGUAGES = ['en', 'zh-CN'];
export const other = language => LANGUAGES.find(one => one !== language);

// Every page of one book, the whole book for printing too. toc.html is no page, but what a frame shows without JavaScript.
export const pagesOf = language =>
  readdirSync(join(ROOT, language)).filter(name => name.endsWith('.html') && name !== 'toc.html');

export const filePages = () =>
  readdirSync(join(ROOT, 'files'), { recursive: true })
    .filter(name => name.endsWith('.html'))
    .map(name => `files/${name.replaceAll('\\', '/')}`);

async function answer(request, response) {
  const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  const file = join(ROOT, normalize(path.endsWith('/') ? `${path}index.html` : path));
  try {
    const content = await readFile(file);
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}

export async function start() {
  assert.ok(existsSync(join(ROOT, 'index.html')), 'there is no target/book: python3 docs/book.py build');
  const server = createServer(answer);
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;

  const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const executablePath = process.env.CHROMIUM ?? installed.find(existsSync);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

  // Calls `examine` with a page, and fails on any problem that it had meanwhile.
  async function withPage(options, examine) {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(DEADLINE);
    await context.addInitScript(() => { window.print = () => {}; }); // print.html opens the dialog
    const page = await context.newPage();
    const problems = [];
    page.on('pageerror', error => problems.push(`error: ${error.message}`));
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
    });
    page.on('response', response => {
      if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
    });
    await context.route(url => url.origin !== origin && !['data:', 'file:'].includes(url.protocol), route => {
      problems.push(`request to another host: ${route.request().url()}`);
      return route.abort();
    });
    const open = async (path, waitUntil = 'load') => {
      await page.goto(`${origin}/${path}`, { waitUntil });
      assert.deepEqual(problems, [], path);
    };
    try {
      await examine(page, open);
      assert.deepEqual(problems, [], page.url());
    } finally {
      await context.close();
    }
  }

  const stop = async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  };
  return { origin, withPage, stop };
}

// What axe finds in what mdBook writes, and what stays: its menu bar is no landmark, and the button in
// it that opens the list of chapters is a label.
const EXCEPTIONS = ['region'];
const NOT_OURS = [['#mdbook-sidebar-toggle']];

// What axe finds in a page, or in a part of it, by all of its rules or by some.
export async function violations(page, { include, runOnly } = {}) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(([where, options]) => window.axe.run(where, options), [
    include ? { include, exclude: NOT_OURS } : { exclude: NOT_OURS }, runOnly ? { runOnly } : {},
  ]);
  return violations
    .filter(found => !EXCEPTIONS.includes(found.id))
    .map(found => `${found.id}: ${found.help}: ${found.nodes.map(node => node.html.slice(0, 200)).join('; ')}`);
}
