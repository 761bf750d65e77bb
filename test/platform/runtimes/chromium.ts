import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserServer, chromium } from 'playwright-core';
import { unpackChromium } from './chromium-binary.ts';

// /dev/shm is 64 MB or missing in many containers, so shared memory goes to the temporary folder.
const FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--disable-dev-shm-usage',
];

// Text and not a function: the test runner rewrites `import` in functions to a call of its own.
const PAGE_PROGRAM = `(async () => {
  if (!navigator.gpu) throw new Error('the page has no navigator.gpu');
  return (await import('/main.mjs')).main(navigator.gpu);
})()`;

/**
 * Runs a bundle's `main(gpu)` in a fresh headless Chromium from the npm package `@sparticuz/chromium`, on SwiftShader,
 * and returns its parsed JSON. The browser is killed after `timeoutMs`. Throws with the page's errors.
 */
export async function runInChromium<Result>(scriptPath: string, options: { timeoutMs?: number } = {}): Promise<Result> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const { executablePath, libraryPath } = await unpackChromium();
  const home = await mkdtemp(join(tmpdir(), 'cim-chromium-'));
  const site = await serve(await readFile(scriptPath));
  const log: string[] = [];
  let browser: BrowserServer | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const env = { ...process.env, LD_LIBRARY_PATH: libraryPath, HOME: home, TMPDIR: home };
    browser = await chromium.launchServer({ executablePath, headless: true, args: FLAGS, env, timeout: timeoutMs });
    const late = new Promise<never>((_, reject) => {
      const lastSaid = () => [`Chromium was killed after ${timeoutMs} ms`, ...log.slice(-1)].join(': ');
      timer = setTimeout(() => reject(new Error(lastSaid())), timeoutMs);
    });
    return JSON.parse(await Promise.race([late, runPage(browser, site, log)])) as Result;
  } finally {
    clearTimeout(timer);
    await browser?.kill();
    site.closeAllConnections();
    site.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function runPage(server: BrowserServer, site: Server, log: string[]): Promise<string> {
  const browser = await chromium.connect(server.wsEndpoint());
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => (message.type() === 'error' ? complaints : log).push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  // WebGPU is only there in a secure context, which the loopback address counts as.
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  try {
    return await page.evaluate<string>(PAGE_PROGRAM);
  } catch (error) {
    throw new Error(['the page failed', (error as Error).message, ...log.slice(-1), ...complaints].join('\n'), {
      cause: error,
    });
  }
}

async function serve(script: Buffer): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/main.mjs';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><link rel="icon" href="data:,"><title>test</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
