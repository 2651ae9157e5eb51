/* 庁内側の画面の試験 — what waits for a person, the inbox before fetching, a chief on a phone, absence and deputy, the lists as files.
 * usage: as support.mjs says */
import { check, chooseAddressee, codeFor, internet, look, office, open, people, report, signIn, visitor } from './support.mjs';

const [sender, chief, addressee, administrator] = ['2001', '1001', '2002', '0001'].map((n) => people.get(n));

async function handIn(page, name, purpose) {
	await page.goto(internet + '/hand-in');
	await chooseAddressee(page, addressee);
	await page.fill('#purpose', purpose);
	await page.setInputFiles('#file', { name, mimeType: 'text/plain', buffer: Buffer.from('窓口の待ち時間\r\n') });
	await page.click('form[data-upload] .actions button');
	await page.waitForURL(/\/tickets\/\d+$/);
	await page.locator('[aria-busy=true]').waitFor({ state: 'detached', timeout: 60000 });
	return page.url().match(/\d+$/)[0];
}

/* A list as a file: what is in it, and that a browser is made to keep it, not to show it. */
async function exported(page, path, holds) {
	const get = (as) => page.evaluate(async (address) => {
		const answer = await fetch(address);
		return { status: answer.status, kept: answer.headers.get('content-disposition') ?? '', text: await answer.text() };
	}, `${path}?as=${as}`);
	const csv = await get('csv');
	check(csv.status === 200 && csv.kept.startsWith('attachment'), path + ' as CSV: ' + csv.status);
	check(csv.text.includes(holds), `${path} as CSV holds ${holds}`);
	check((await get('xlsx')).text.startsWith('PK'), path + ' as Excel');
}

async function phone(browser, tickets) {
	const page = await visitor(browser, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
	await signIn(page, office, chief);
	check((await page.textContent('.cards')).includes('いちばん古いもの'), 'the first page names the oldest');
	await page.goto(office + '/approvals');
	await look(page, 'phone-approvals');
	for (const part of ['渡す人', '宛先', '目的', '取り除いたもの', '出どころ'])
		check((await page.textContent(`section[aria-labelledby=t-${tickets[0]}]`)).includes(part), 'the reasons at a glance: ' + part);
	const box = await page.locator(`#c-${tickets[0]}`).boundingBox();
	check(box.width >= 24 && box.height >= 24, 'a box that a finger can hit');
	await page.check('#c-' + tickets[0]);
	await page.check('#c-' + tickets[1]);
	await page.fill('#code', await codeFor(chief));
	await page.click('main button[value=approve]');
	await page.waitForURL(/done=2/);
	check((await page.textContent('main')).includes('2 件を承認しました'), 'two approved as one signed list');
	await page.goto(office + '/approvals/decided');
	check((await page.textContent('main')).includes('承認した'), 'what I decided is listed');
	await look(page, 'decided');
	await exported(page, '/approvals/decided', '窓口.txt');
	return page;
}

async function preview(browser, ticket) {
	const page = await visitor(browser);
	await signIn(page, office, addressee);
	for (let i = 0; i < 20 && !(await page.locator(`form[action="/inbox/${ticket}/fetch"]`).count()); i++) {
		await page.goto(office + '/inbox');
		await page.waitForTimeout(500);
	}
	const card = page.locator(`section[aria-labelledby=f-${ticket}]`);
	await card.locator('summary').first().click();
	const told = await card.textContent();
	for (const part of ['承認した人', chief.name, 'SHA-256', '期限まであと', '取り除いたもの'])
		check(told.includes(part), 'before fetching one sees: ' + part);
	await look(page, 'inbox-preview');
	await exported(page, '/inbox', '窓口.txt');
	await page.goto(office + '/search');
	await page.fill('#words', 'ﾏﾄﾞ 改善');
	await page.keyboard.press('Enter');
	await page.waitForURL(/words=/);
	check((await page.textContent('main')).includes('見つかりませんでした'), 'kana are not guessed from kanji');
	await page.fill('#words', '窓口　ウミノ');
	await page.click('main form button');
	await page.waitForURL(/%E7%AA%93/);
	check(await page.locator(`a[href="/tickets/${ticket}"]`).count() === 1, 'found by a word of two characters and by kana');
	await look(page, 'search');
	await page.goto(office + '/absences');
	check(await page.locator('form[action="/absences"][method=post]').count() === 0, 'who is no chief registers no absence');
	await look(page, 'absences-clerk');
	await page.context().close();
}

async function absence(browser, page, tickets) {
	await page.goto(office + '/absences');
	await page.fill('#from', 'きのう');
	await page.fill('#to', '令和8年12月1日');
	await page.fill('#reason', '研修 <b>');
	await page.selectOption('#acting', addressee.number);
	await page.click('form[method=post] button:has-text("登録する")');
	check((await page.textContent('[role=alert]')).includes('日付が読み取れません'), 'a day that is none is refused beside its field');
	check(await page.inputValue('#reason') === '研修 <b>' && await page.inputValue('#acting') === addressee.number, 'what was typed is kept');
	const day = (n) => new Date(Date.now() + 9 * 3600e3 + n * 86400e3).toISOString().slice(0, 10);
	await page.fill('#from', day(0));
	await page.fill('#to', day(1).replaceAll('-', '/'));
	await page.click('form[method=post] button:has-text("登録する")');
	await page.waitForURL(/done=1/);
	check((await page.textContent('main')).includes(addressee.name), 'the absence is shown');
	await look(page, 'absences-chief');
	await exported(page, '/absences', addressee.name);
	await page.goto(office + '/absences');
	const acting = await visitor(browser);
	await signIn(acting, office, addressee);
	check((await acting.textContent('main')).includes('あなたが代理で承認します'), 'who acts is told so');
	await look(acting, 'home-acting');
	await acting.goto(office + '/approvals');
	check(await acting.locator('#c-' + tickets[2]).count() === 1, 'who acts sees what waits');
	await look(acting, 'approvals-acting');
	await acting.goto(office + '/tickets/' + tickets[2]);
	await acting.fill('#reason', '宛先を確かめてください');
	await acting.fill('#code', await codeFor(addressee));
	await acting.click('main button[value=return]');
	await acting.waitForURL(/returned=1/);
	await acting.context().close();
	await page.click('form[action$="/withdraw"] button');
	await page.waitForURL(/withdrawn=1/);
	await page.context().close();
}

/* An administrator registers an absence for a chief who cannot. */
async function byAdministrator(browser) {
	const page = await visitor(browser);
	await signIn(page, office, administrator);
	await page.goto(office + '/absences');
	await page.selectOption('#number', chief.number);
	await page.click('form[method=get] button');
	check((await page.textContent('main')).includes(chief.name), 'the form is about the chief chosen');
	await look(page, 'absences-administrator');
	await page.context().close();
}

async function cameBack(browser, ticket) {
	const page = await visitor(browser);
	await signIn(page, office, sender);
	check((await page.textContent('main')).includes('宛先を確かめてください'), 'what came back is on the first page, with its reason');
	await look(page, 'home-returned');
	await page.emulateMedia({ colorScheme: 'dark' });
	await look(page, 'home-dark');
	await page.context().close();
}

const browser = await open();
try {
	const page = await visitor(browser);
	await signIn(page, internet, sender);
	const tickets = [];
	for (const [name, purpose] of [['窓口.txt', '窓口の改善'], ['窓口二.txt', '窓口の改善'], ['窓口三.txt', '代理の人が決める']])
		tickets.push(await handIn(page, name, purpose));
	const chiefs = await phone(browser, tickets);
	await preview(browser, tickets[0]);
	await absence(browser, chiefs, tickets);
	await cameBack(browser, tickets[2]);
	await byAdministrator(browser);
} catch (e) {
	check(false, String(e.stack ?? e));
} finally {
	await browser.close();
}
report();
