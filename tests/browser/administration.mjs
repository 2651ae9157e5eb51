/* 管理者の画面と持ち出しの試験 — an administrator adds a person, gives a post and a password, looks at quarantine, operation and statistics; a clerk asks to
 * take a file out. usage: as support.mjs says */
import { check, codeFor, internet, look, office, open, people, report, signIn, visitor } from './support.mjs';

const [sender, administrator] = ['2001', '0001'].map((n) => people.get(n));

async function keepPeople(browser) {
	const page = await visitor(browser);
	await signIn(page, office, administrator);
	await page.click('nav a[href="/people"]');
	await look(page, 'people');
	await page.fill('#number', 'bad number');
	await page.fill('#name', '波野 新');
	await page.fill('#kana', 'ナミノ シン');
	await page.selectOption('#unit', 'soumu');
	await page.click('main form[method=post] button');
	check((await page.textContent('[role=alert]')).includes('入力に誤り'), 'a bad number is refused');
	check(await page.inputValue('#name') === '波野 新', 'what was typed is kept');
	await page.fill('#number', '5005');
	await page.click('main form[method=post] button');
	await page.waitForURL(/one\?number=5005/);
	check((await page.textContent('main')).includes('波野 新'), 'the person is there');
	await page.selectOption('#post', 'deputy');
	await page.selectOption('#post-unit', 'soumu');
	await page.fill('#to', '令和20年3月31日');
	await page.click('form[action="/people/post"] button');
	await page.waitForURL(/done=1/);
	check((await page.textContent('main')).includes('令和20年'), 'the post has its days in both countings');
	await look(page, 'person');
	await page.fill('form[action="/people/reset"] #code', '000000');
	await page.click('form[action="/people/reset"] button');
	check(await page.locator('.secret').count() === 0, 'no password without the right code');
	await page.fill('form[action="/people/reset"] #code', await codeFor(administrator));
	await page.click('form[action="/people/reset"] button');
	await page.locator('.secret').waitFor();
	const password = (await page.textContent('.secret')).trim();
	check(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/.test(password), 'an initial password is shown once');
	await look(page, 'reset');
	const fresh = await visitor(browser);
	await fresh.goto(office + '/sign-in');
	await fresh.fill('#number', '5005');
	await fresh.fill('#password', password);
	await fresh.click('main button');
	await fresh.waitForURL('**/new-password');
	await fresh.context().close();
	return page;
}

/* A unit is registered, renamed, refused while it is used, closed. */
async function keepUnits(page) {
	await page.click('nav a[href="/units"]');
	await look(page, 'units');
	await page.fill('#code', 'koho ka');
	await page.fill('#name', '広報課');
	await page.click('main form button');
	check((await page.textContent('#code-fault')).includes('英数字') && await page.inputValue('#name') === '広報課', 'a bad code is said beside the field, the rest is kept');
	await look(page, 'units-refused');
	await page.fill('#code', 'koho');
	await page.selectOption('#parent', 'soumu');
	await page.click('main form button');
	await page.waitForURL(/done=1/);
	await page.fill('#code', 'koho');
	await page.fill('#name', '別の課');
	await page.click('main form button');
	check((await page.textContent('#code-fault')).includes('すでに使われています'), 'a code is given once');
	await page.goto(office + '/units/one?code=koho');
	await look(page, 'unit');
	await page.fill('#name', '広報戦略課');
	await page.click('form[action="/units/change"] button');
	await page.waitForURL(/done=1/);
	check((await page.textContent('main')).includes('広報戦略課'), 'it has its new name');
	await page.goto(office + '/units/one?code=soumu');
	await page.selectOption('#parent', 'koho');
	await page.click('form[action="/units/change"] button');
	check((await page.textContent('#parent-fault')).includes('自分'), 'nothing stands under itself');
	await page.goto(office + '/units/one?code=soumu');
	await page.click('form[action="/units/close"] button');
	check((await page.textContent('[role=alert]')).includes('まだ廃止できません'), 'a unit with people stays');
	await page.goto(office + '/units/one?code=koho');
	await page.click('form[action="/units/close"] button');
	await page.waitForURL(/done=1/);
	check((await page.textContent('main')).includes('に廃止'), 'an empty one is closed');
	await page.goto(office + '/units/one?code=koho');
	check(await page.locator('main form').count() === 0, 'and nothing can be changed any more');
	await page.goto(office + '/people');
	check(await page.locator('#unit option[value=koho]').count() === 0, 'nobody can be put there');
}

async function lookAround(page) {
	for (const [path, name, words] of [['/quarantine', 'quarantine', '原本'], ['/house', 'house', '効力のあるきまり'], ['/statistics', 'statistics', '日ごと']]) {
		await page.goto(office + path);
		check((await page.textContent('main')).includes(words), path + ' says ' + words);
		await look(page, name);
	}
	const drawn = await page.evaluate(() => [...document.querySelectorAll('img.chart')].every((i) => i.complete && i.naturalWidth > 0 && i.alt.length > 0));
	check(drawn, 'each chart is a picture with words');
	const tables = await page.evaluate(() => document.querySelectorAll('img.chart').length <= document.querySelectorAll('main table').length);
	check(tables, 'each chart has its table');
	await page.click('.language button');
	await page.locator('html[lang=en]').waitFor();
	for (const path of ['/people', '/units', '/quarantine', '/house', '/statistics', '/search']) {
		await page.goto(office + path);
		await look(page, 'en-' + path.slice(1));
	}
	await page.context().close();
}

async function takeOut(browser) {
	const page = await visitor(browser);
	await signIn(page, office, sender);
	await page.click('nav a[href="/outward"]');
	await look(page, 'outward');
	await page.fill('#purpose', '県の調査に答えるため');
	await page.setInputFiles('#file', { name: '回答.txt', mimeType: 'text/plain', buffer: Buffer.from('回答\r\n') });
	await page.click('form[enctype] button');
	await page.waitForURL(/done=1/);
	check((await page.textContent('main')).includes('持ち出し検査：なし'), 'the state says that nothing was checked for leaks');
	await look(page, 'outward-asked');
	await page.click('table a[href^="/tickets/"]');
	check((await page.textContent('main')).includes('持ち出し（庁内 → インターネット側）'), 'the ticket says where it goes');
	await look(page, 'outward-ticket');
	await page.context().close();
	const outside = await visitor(browser);
	await signIn(outside, internet, sender);
	await outside.goto(internet + '/outward');
	check((await outside.textContent('main')).includes('回答.txt'), 'it is listed on the Internet side');
	await look(outside, 'outward-ready');
	await outside.context().close();
}

const browser = await open();
try {
	await takeOut(browser);
	const page = await keepPeople(browser);
	await keepUnits(page);
	await lookAround(page);
} catch (e) {
	check(false, String(e.stack ?? e));
} finally {
	await browser.close();
}
report();
