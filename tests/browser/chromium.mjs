// A headless Chromium with a profile of its own, which ends with its task.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];
const BROWSERS = ['chromium', 'google-chrome'];

/** The call was wrong, or what it needs is not there. */
export class UsageError extends Error {}

export async function withBrowser(task) {
  const executablePath = chromium();
  const profile = mkdtempSync(join(tmpdir(), 'fragmint-play-'));
  let browser;
  try {
    browser = await puppeteer.launch({ executablePath, headless: true, userDataDir: profile, args: FLAGS });
    return await task(browser);
  } finally {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Notes what a page cannot see of itself, as lines in `outside`: failed requests and uncaught exceptions. */
export function watch(tab, outside) {
  tab.on('response', (response) => {
    if (response.status() >= 400) outside.push(`HTTP ${response.status()} ${response.url()}`);
  });
  tab.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed';
    // Players abort requests of their own when they seek or switch.
    if (reason !== 'net::ERR_ABORTED') outside.push(`${reason} ${request.url()}`);
  });
  tab.on('pageerror', (error) => outside.push(`exception: ${error.message}`));
}

function chromium() {
  const named = process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name)));
  const path = named ? named : candidates.find((candidate) => existsSync(candidate));
  if (!path || !existsSync(path)) throw new UsageError('no Chromium: set CHROMIUM or run scripts/install-test-tools.sh');
  return path;
}
