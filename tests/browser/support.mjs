/* 画面の試験の道具 — what every browser test needs: people with their codes, a page as a visitor, axe-core and a narrow screen on every page.
 * Every test is called: node NAME.mjs OFFICE-URL INTERNET-URL SIGN-INS FILE [SHOTS-FOLDER] */
import { chromium } from 'playwright-core';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';

const [, , officeUrl, internetUrl, signIns, , shots] = process.argv;
export const office = officeUrl, internet = internetUrl;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const people = new Map(readFileSync(signIns, 'utf8').trim().split('\n').map((l) => l.split('\t')).map(([number, password, secret, name]) => [number, { number, password, secret, name }]));
let passed = 0, failed = 0, seen = new Set();

export function check(good, what) {
	if (good) passed++;
	else failed++, console.log('FAILED: ' + what);
}

function totp(secret, step) {
	const bits = [...secret.replace(/ /g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const message = Buffer.alloc(8);
	message.writeBigUInt64BE(BigInt(step));
	const h = createHmac('sha1', key).update(message).digest(), at = h[19] & 15;
	return String((h.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/* A code is good once: wait for the next step where this person has used the present one. Kept where packaging/sample/passage.sh keeps it. */
export async function codeFor(person) {
	const kept = join(dirname(signIns), 'step-' + person.number);
	for (;;) {
		const step = Math.floor(Date.now() / 30000), last = existsSync(kept) ? Number(readFileSync(kept, 'utf8')) : 0;
		if (last < step) {
			writeFileSync(kept, String(step));
			return totp(person.secret, step);
		}
		await new Promise((r) => setTimeout(r, 500));
	}
}

export async function look(page, name) {
	const where = `${name} (${new URL(page.url()).pathname})`;
	const result = await page.evaluate(`${axe}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })`);
	for (const v of result.violations)
		check(false, `${where}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(' ')}`);
	passed++;
	const size = page.viewportSize();
	await page.setViewportSize({ width: 320, height: 700 });
	const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	check(overflow <= 0, `${where}: ${overflow} px wider than a screen of 320 px`);
	if (shots) {
		mkdirSync(shots, { recursive: true });
		await page.setViewportSize({ width: 360, height: 740 });
		await page.screenshot({ path: join(shots, name + '-phone.png'), fullPage: true });
	}
	await page.setViewportSize(size);
	if (shots)
		await page.screenshot({ path: join(shots, name + '.png'), fullPage: true });
	seen.add(new URL(page.url()).pathname.replace(/\d+/, '#'));
}

export async function visitor(browser, options = {}) {
	const context = await browser.newContext({ locale: 'ja-JP', viewport: { width: 1100, height: 800 }, acceptDownloads: true, ...options });
	const page = await context.newPage();
	page.on('console', (m) => { if (m.type() === 'error' && !/status of 4\d\d|ERR_CONNECTION_RESET/.test(m.text())) check(false, 'console: ' + m.text()); });
	page.on('pageerror', (e) => check(false, 'script: ' + e));
	return page;
}

export async function signIn(page, base, person, lookAt) {
	await page.goto(base + '/');
	check(new URL(page.url()).pathname === '/sign-in', 'strangers come to the sign-in page');
	if (lookAt) await look(page, lookAt);
	await page.fill('#number', person.number);
	await page.fill('#password', person.password);
	await page.fill('#code', await codeFor(person));
	await page.keyboard.press('Enter');
	await page.waitForURL((u) => u.pathname === '/').catch(async (e) => { throw new Error(`${person.number} could not sign in: ${(await page.textContent('main')).trim().slice(0, 300)}`, { cause: e }); });
	check((await page.textContent('.who')).includes(person.name), 'signed in as ' + person.name);
}

/* With scripts: the box that searches as one types, by keyboard. */
export async function chooseAddressee(page, person, typed = person.name.split(' ')[0]) {
	await page.fill('#addressee-box', typed);
	await page.locator('#addressee-list [role=option]', { hasText: person.number }).waitFor();
	for (let i = 0; i < 60; i++) {
		await page.press('#addressee-box', 'ArrowDown');
		if (await page.evaluate((number) => document.querySelector('#addressee-list [aria-selected=true]')?.textContent.includes(number), person.number))
			break;
	}
	await page.press('#addressee-box', 'Enter');
	check(await page.inputValue('#addressee') === person.number, `typing “${typed}” finds ${person.name}`);
}

export function open() {
	return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP *.localhost 127.0.0.1'] });
}

export function report() {
	console.log(`${passed} passed, ${failed} failed; pages seen: ${[...seen].sort().join(' ')}`);
	process.exit(failed ? 1 : 0);
}
