/* キーボードだけの通し試験 — hand in, approve, fetch with Tab, arrows, Space, Enter and letters: no mouse, no focus() from outside. Wherever the keyboard stands,
 * that is seen: an outline of two pixels, inside the window. usage: as support.mjs says */
import { readFileSync } from 'node:fs';
import { check, codeFor, internet, office, open, people, report, visitor } from './support.mjs';

const [sender, chief, addressee] = ['2001', '1001', '2002'].map((n) => people.get(n));
const file = process.argv[5];
let steps = 0;

/* Where the keyboard stands: matches the selector? is that seen? */
async function stand(page, selector) {
	return page.evaluate((wanted) => {
		const e = document.activeElement;
		if (!e || e === document.body)
			return { body: true };
		/* a label may show for a control that is drawn small or not at all */
		const shown = [e, ...(e.labels ?? [])].find((x) => x.getBoundingClientRect().width > 1) ?? e;
		const style = getComputedStyle(e), of = shown.getBoundingClientRect();
		return { hit: e.matches(wanted), outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
			inside: of.width > 0 && of.bottom > 0 && of.top < innerHeight && of.right > 0 && of.left < innerWidth,
			what: e.outerHTML.slice(0, 100) };
	}, selector);
}

async function tabTo(page, selector, most = 150) {
	for (let i = 0; i < most; i++) {
		await page.keyboard.press('Tab');
		const at = await stand(page, selector);
		if (at.body)
			continue;
		steps++;
		if (!(at.outline >= 2 && at.inside))
			check(false, `where the keyboard stands is not seen (outline ${at.outline}, inside ${at.inside}): ${at.what}`);
		if (at.hit)
			return;
	}
	throw new Error('the keyboard does not reach ' + selector + ' on ' + page.url());
}

async function goOn(page, selector, key, where) {
	await tabTo(page, selector);
	await Promise.all([page.waitForURL(where), page.keyboard.press(key)]);
}

async function signIn(page, base, person) {
	await page.goto(base + '/');
	await tabTo(page, '#number');
	await page.keyboard.type(person.number);
	await tabTo(page, '#password');
	await page.keyboard.type(person.password);
	await tabTo(page, '#code');
	await page.keyboard.type(await codeFor(person));
	await Promise.all([page.waitForURL((u) => u.pathname === '/'), page.keyboard.press('Enter')]);
}

async function handIn(browser) {
	const page = await visitor(browser);
	await signIn(page, internet, sender);
	await goOn(page, 'nav a[href="/hand-in"]', 'Enter', '**/hand-in');
	await tabTo(page, '#addressee-box');
	await page.keyboard.type(addressee.name.split(' ')[0]);
	await page.locator('#addressee-list [role=option]', { hasText: addressee.number }).waitFor();
	for (let i = 0; i < 60; i++) { /* the list may still be changing under the keys */
		await page.keyboard.press('ArrowDown');
		if (await page.evaluate((n) => document.querySelector('#addressee-list [aria-selected=true]')?.textContent.includes(n), addressee.number))
			break;
	}
	await page.keyboard.press('Enter');
	check(await page.inputValue('#addressee') === addressee.number, 'the addressee is chosen with arrows and Enter');
	await tabTo(page, '#purpose');
	await page.keyboard.type('keyboard only');
	await tabTo(page, '#file');
	let chooser;
	for (const key of ['Enter', 'Space', 'Enter']) { /* on a busy machine the browser may drop a dialog: a person presses again */
		[chooser] = await Promise.all([page.waitForEvent('filechooser', { timeout: 8000 }).catch(() => undefined), page.keyboard.press(key)]);
		if (chooser) break;
	}
	if (chooser)
		await chooser.setFiles(file);
	else { /* the dialog is the browser's own: that its field has the keyboard was seen */
		console.log('note: the browser handed no dialog over; the file is given to the field');
		await page.setInputFiles('#file', file);
	}
	await goOn(page, 'form[data-upload] .actions button', 'Enter', /\/tickets\/\d+$/);
	await page.locator('[aria-busy=true]').waitFor({ state: 'detached', timeout: 60000 });
	check((await page.textContent('main')).includes('承認を待っています'), 'handed in by keyboard');
	const ticket = page.url().match(/\d+$/)[0];
	await page.context().close();
	return ticket;
}

async function approve(browser, ticket) {
	const page = await visitor(browser);
	await signIn(page, office, chief);
	await goOn(page, 'main a[href="/approvals"]', 'Enter', '**/approvals');
	await tabTo(page, '#c-' + ticket);
	await page.keyboard.press('Space');
	check(await page.isChecked('#c-' + ticket), 'the request is chosen with Space');
	await tabTo(page, '#code');
	await page.keyboard.type(await codeFor(chief));
	await goOn(page, 'main button[value=approve]', 'Space', /done=1/);
	check((await page.textContent('main')).includes('を承認しました'), 'approved by keyboard');
	await page.context().close();
}

async function fetchIt(browser, ticket) {
	const page = await visitor(browser);
	await signIn(page, office, addressee);
	await goOn(page, 'nav a[href="/inbox"]', 'Enter', '**/inbox');
	for (let i = 0; i < 20 && !(await page.locator(`form[action="/inbox/${ticket}/fetch"]`).count()); i++) { /* until the approval is sealed */
		await page.waitForTimeout(500);
		await page.reload();
	}
	await tabTo(page, `form[action="/inbox/${ticket}/fetch"] button`);
	const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
	check(readFileSync(await download.path()).equals(readFileSync(file)), 'fetched by keyboard, as it was');
	await goOn(page, 'header.top button', 'Enter', /\/sign-in\?out=1$/);
	await page.context().close();
}

/* The first Tab offers to skip the menu, and the skip works. */
async function skip(browser) {
	const page = await visitor(browser);
	await signIn(page, office, chief);
	await page.keyboard.press('Tab');
	check((await stand(page, 'a.skip')).hit, 'the first step offers the way past the menu');
	await page.keyboard.press('Enter');
	check((await stand(page, '#main')).hit, 'and leads there');
	await page.keyboard.press('Tab');
	check(await page.evaluate(() => document.activeElement.closest('main') !== null), 'the next step is in the page');
	await page.context().close();
}

const browser = await open();
try {
	const ticket = await handIn(browser);
	await approve(browser, ticket);
	await fetchIt(browser, ticket);
	await skip(browser);
	check(steps > 30, 'the keyboard went ' + steps + ' steps');
} catch (e) {
	check(false, String(e.stack ?? e));
} finally {
	await browser.close();
}
report();
