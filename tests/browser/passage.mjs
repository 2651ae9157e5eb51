/* 受渡しの通し試験 — a browser enrols, signs in, hands a file in, approves it as another person, downloads it as a third; axe-core looks at every page.
 * usage: node passage.mjs OFFICE-URL INTERNET-URL SIGN-INS FILE [SHOTS-FOLDER]; environment: NEW_NUMBER, NEW_PASSWORD of a person without a factor */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { check, chooseAddressee, codeFor, internet, look, office, open, people, report, signIn, visitor } from './support.mjs';

const file = process.argv[5];

async function enrol(browser) {
	const person = { number: process.env.NEW_NUMBER, password: process.env.NEW_PASSWORD };
	const page = await visitor(browser);
	await page.goto(office + '/sign-in');
	await page.fill('#number', person.number);
	await page.fill('#password', person.password);
	await page.click('main button');
	await page.waitForURL('**/new-password');
	await look(page, 'new-password');
	await page.fill('#present', person.password);
	await page.fill('#fresh', 'short');
	await page.fill('#again', 'short');
	await page.click('main button');
	check((await page.textContent('[role=alert]')).includes('12文字'), 'a short password is refused with its rule');
	person.password = 'みなとの朝は霧が深い 2026';
	await page.fill('#present', process.env.NEW_PASSWORD);
	await page.fill('#fresh', person.password);
	await page.fill('#again', person.password);
	await page.click('main button');
	await page.waitForURL('**/enrol');
	check(await page.evaluate(() => { const i = document.querySelector('.qr'); return i.complete && i.naturalWidth > 0; }), 'the QR code is shown');
	await look(page, 'enrol');
	person.secret = await page.textContent('.secret');
	await page.fill('#code', '000000');
	await page.click('main button');
	check((await page.textContent('[role=alert]')).includes('確認コードが違います'), 'a wrong code is refused');
	check(await page.textContent('.secret') === person.secret, 'the secret stays the same');
	await page.fill('#code', await codeFor(person));
	await page.click('main button');
	await page.waitForURL((u) => u.pathname === '/');
	check((await page.textContent('.who')).length > 0, 'enrolled and signed in');
	await page.click('header.top button');
	await page.waitForURL(/\/sign-in\?out=1$/);
	check((await page.textContent('[role=status]')).includes('サインアウトしました'), 'signing out says so');
	await page.goto(office + '/');
	check(new URL(page.url()).pathname === '/sign-in', 'after signing out nothing is shown');
	await page.context().close();
}

async function handIn(browser, sender, addressee) {
	const page = await visitor(browser);
	await signIn(page, internet, sender, 'sign-in');
	await look(page, 'front');
	await page.click('main a[href="/hand-in"]');
	await chooseAddressee(page, addressee);
	await look(page, 'hand-in');
	await page.fill('#purpose', '夏まつりの案内を回覧するため <b>"目的"</b>');
	await page.setInputFiles('#file', file);
	await page.click('form[data-upload] .actions button');
	await page.waitForURL(/\/tickets\/\d+$/);
	await page.locator('[aria-busy=true]').waitFor({ state: 'detached', timeout: 60000 });
	check((await page.textContent('main')).includes('承認を待っています'), 'the verdict comes to the page by itself');
	check((await page.textContent('main')).includes('<b>"目的"</b>'), 'markup in the purpose is text');
	await look(page, 'ticket-waiting');
	const ticket = page.url().match(/\d+$/)[0];
	await page.goto(internet + '/tickets');
	await look(page, 'my-tickets');
	await page.goto(internet + '/tickets/' + (Number(ticket) + 1000));
	check((await page.textContent('main')).includes('ここには何もありません'), 'a ticket that is not there');
	await look(page, 'error');
	check((await page.goto(internet + '/approvals')).status() === 404, 'the Internet side knows no approvals');
	return { page, ticket };
}

async function approve(browser, chief, ticket, stale) {
	const page = await visitor(browser);
	await signIn(page, office, chief, 'sign-in-office');
	await look(page, 'home');
	await page.click('main a[href="/approvals"]');
	await look(page, 'approvals');
	await page.click('main button[value=approve]', { noWaitAfter: true });
	await page.check('#c-' + ticket);
	await page.fill('#code', '000000');
	await page.click('main button[value=approve]');
	check(await page.isChecked('#c-' + ticket), 'after a wrong code the choice is kept');
	await page.click(`main a[href="/tickets/${ticket}"]`);
	await look(page, 'ticket-office');
	await page.goto(office + '/approvals');
	const other = await page.context().newPage();
	await other.goto(office + '/approvals');
	await page.check('#c-' + ticket);
	await page.fill('#code', await codeFor(chief));
	await page.click('main button[value=approve]');
	await page.waitForURL(/done=1/);
	check((await page.textContent('main')).includes(`第${ticket}号`) && (await page.textContent('main')).includes('を承認しました'), 'approved, and which');
	await other.check('#c-' + ticket);
	await other.fill('#code', '123456');
	await other.fill('#reason', '書きかけの理由');
	await other.click('main button[value=return]');
	check((await other.textContent('[role=alert]')).includes('ほかの人が先に'), 'a stale form decides nothing');
	check(await other.locator('#reason, #kept').first().inputValue() === '書きかけの理由', 'the reason typed is kept');
	await page.context().close();
}

async function fetchIt(browser, addressee, ticket) {
	const page = await visitor(browser);
	await signIn(page, office, addressee);
	await page.click('nav a[href="/inbox"]');
	await look(page, 'inbox');
	for (let i = 0; i < 20 && !(await page.locator(`form[action="/inbox/${ticket}/fetch"]`).count()); i++) {
		await page.waitForTimeout(500);
		await page.reload();
	}
	const [download] = await Promise.all([page.waitForEvent('download'), page.click(`form[action="/inbox/${ticket}/fetch"] button`)]);
	check((await page.textContent(`form[action="/inbox/${ticket}/fetch"] [role=status]`)).includes('ダウンロードを始めました'), 'the page says that the download has begun');
	const stem = basename(file).replace(/\.[^.]*$/, '');
	check(download.suggestedFilename().normalize().startsWith(stem), `the name arrives: ${download.suggestedFilename()}`);
	const content = readFileSync(await download.path());
	check(content.length > 0, 'the file arrives');
	if (file.endsWith('.txt'))
		check(content.equals(readFileSync(file)), 'a plain text arrives as it was');
	await page.goto(office + '/tickets/' + ticket);
	check((await page.textContent('main')).includes('受け取りの記録'), 'the fetch is recorded');
	await look(page, 'ticket-fetched');
	await page.goto(office + '/sent');
	await look(page, 'sent');
	await page.click('.language button');
	await page.locator('html[lang=en]').waitFor();
	for (const path of ['/', '/inbox', '/sent', '/approvals', '/tickets/' + ticket]) {
		await page.goto(office + path);
		await look(page, 'en-' + (path.split('/')[1] || 'home'));
	}
	await page.emulateMedia({ media: 'print' });
	check(!(await page.isVisible('nav')) && await page.isVisible('.printed'), 'print: no menu, with the time');
	await page.emulateMedia({ media: 'screen', forcedColors: 'active' });
	check(await page.isVisible('.state'), 'forced colours: the state is a word');
	await page.context().close();
}

/* Every control can be reached and used by keyboard alone; where one stands is seen. */
async function keyboard(browser) {
	const page = await visitor(browser);
	await page.goto(internet + '/sign-in');
	const reached = [];
	for (let i = 0; i < 12; i++) {
		await page.keyboard.press('Tab');
		reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName));
		const outline = await page.evaluate(() => document.activeElement === document.body ? '4px' : getComputedStyle(document.activeElement).outlineWidth);
		check(parseFloat(outline) >= 2, 'focus is seen on ' + reached.at(-1));
	}
	for (const id of ['skip', 'number', 'password', 'code'])
		check(reached.includes(id), 'Tab reaches ' + id);
	await page.context().close();
}

/* The same without any script. */
async function withoutScript(browser, sender, addressee) {
	const page = await visitor(browser, { javaScriptEnabled: false, locale: 'en-GB' });
	await page.goto(internet + '/');
	await page.fill('#number', sender.number);
	await page.fill('#password', sender.password);
	await page.fill('#code', await codeFor(sender));
	await page.click('main button');
	await page.goto(internet + '/hand-in');
	await page.selectOption('#addressee', addressee.number);
	await page.fill('#purpose', 'without script');
	await page.setInputFiles('#file', file);
	await page.click('form[data-upload] .actions button');
	check(/\/tickets\/\d+$/.test(page.url()), 'handing in works without script');
	await page.context().close();
}

const browser = await open();
try {
	const [sender, chief, addressee] = ['2001', '1001', '2002'].map((n) => people.get(n));
	if (process.env.NEW_NUMBER)
		await enrol(browser);
	await keyboard(browser);
	const { page, ticket } = await handIn(browser, sender, addressee);
	await approve(browser, chief, ticket);
	await fetchIt(browser, addressee, ticket);
	await page.goto(internet + '/tickets/' + ticket);
	check((await page.textContent('main')).includes('宛先の人が受け取りました'), 'the sender sees that it was fetched');
	await withoutScript(browser, sender, addressee);
} catch (e) {
	check(false, String(e.stack ?? e));
} finally {
	await browser.close();
}
report();
