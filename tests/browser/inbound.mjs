/* ファイルを渡す画面の試験 — several files in one act, by dialog and by dropping; a line that breaks; the addressee by keyboard; purposes of before; the list with
 * its filter and its files. With scripts and without. */
import { readFileSync } from 'node:fs';
import { check, chooseAddressee, codeFor, internet, look, open, people, report, signIn, visitor } from './support.mjs';

const [sender, addressee] = ['2003', '2002'].map((n) => people.get(n));
const text = (name, words) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(words) });

/* The list of all people is open, one is pointed at, and only now comes what the typed letters find: whoever is pointed at stays so. */
async function keepsPointed(page) {
	let answer;
	const late = new Promise((go) => { answer = go; });
	await page.route((url) => url.pathname === '/addressees' && url.searchParams.get('query') === '岬', async (route) => { await late; await route.continue(); });
	await page.fill('#addressee-box', '2002');
	await page.locator('#addressee-list [role=option]', { hasText: '2002' }).waitFor();
	await page.press('#addressee-box', 'ArrowDown');
	await page.fill('#addressee-box', '岬');
	const asked = page.waitForResponse((r) => new URL(r.url()).searchParams.get('query') === '岬');
	await page.waitForTimeout(400); /* longer than the box waits for another key */
	answer();
	await asked;
	await page.waitForFunction(() => document.querySelectorAll('#addressee-list [role=option]').length === 2);
	check(await page.locator('#addressee-list [aria-selected=true]', { hasText: '2002' }).count() === 1, 'whoever is pointed at stays so while the list changes');
	await page.unrouteAll();
}

async function severalFiles(browser) {
	const page = await visitor(browser);
	await signIn(page, internet, sender);
	await page.goto(internet + '/hand-in');
	check(await page.isHidden('#query') && await page.isVisible('#addressee-box'), 'the box that searches takes the place of the search form');
	for (const typed of ['ﾐｻ', 'みさ', addressee.number, addressee.name.slice(0, 1)]) {
		await page.fill('#addressee-box', typed);
		await page.locator('#addressee-list [role=option]').first().waitFor();
	}
	check(await page.getAttribute('#addressee-box', 'aria-expanded') === 'true', 'the list is told to be open');
	await look(page, 'addressees');
	await page.press('#addressee-box', 'Escape');
	check(await page.isHidden('#addressee-list'), 'Escape closes the list');
	await keepsPointed(page);
	await page.fill('#addressee-box', 'いないひと');
	await page.locator('.field [role=status]', { hasText: '見つかりません' }).waitFor();
	await chooseAddressee(page, addressee);
	await page.setInputFiles('#file', [text('一枚目.txt', '一枚目\r\n'), text('空.txt', '')]);
	check((await page.textContent('#files')).includes('まだ渡していません'), 'a chosen file has not been handed in');
	check((await page.textContent('#files')).includes('中身のないファイルです'), 'an empty file is named before anything is sent');
	await page.fill('#purpose', 'まとめて渡すため');
	await page.click('form[data-upload] .actions button');
	check(new URL(page.url()).pathname === '/hand-in', 'nothing is sent while a file is wrong');
	await page.click('#files li:nth-child(2) button');
	await page.evaluate(() => { /* dropped on the form */
		const data = new DataTransfer();
		data.items.add(new File(['二枚目\r\n'], '二枚目.txt', { type: 'text/plain' }));
		document.querySelector('form[data-upload]').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
	});
	check(await page.locator('#files li').count() === 2, 'a dropped file joins the list');
	await look(page, 'hand-in-files');
	await page.click('form[data-upload] .actions button');
	await page.waitForURL(/\/hand-ins\/\d+$/);
	await page.locator('[aria-busy=true]').waitFor({ state: 'detached', timeout: 60000 });
	check(await page.locator('section.card').count() === 2, 'the files of one act are shown together');
	check((await page.textContent('main')).includes('二枚目.txt') && (await page.textContent('main')).includes('承認待'), 'with the state of each');
	await look(page, 'hand-in-act');
	return page;
}

async function brokenLine(page) {
	const begins = [], whole = 5 * 1024 * 1024;
	let broken = 0;
	await page.goto(internet + '/hand-in');
	check((await page.textContent('#past')).includes('まとめて渡すため'), 'a purpose of before is offered');
	await page.selectOption('#past', 'まとめて渡すため');
	check(await page.inputValue('#purpose') === 'まとめて渡すため', 'and taken over');
	await chooseAddressee(page, addressee);
	await page.route('**/hand-in/part', async (route) => {
		if (route.request().method() !== 'POST')
			return route.continue();
		begins.push(Number(route.request().postDataBuffer().toString('latin1').match(/name="at"\r\n\r\n(\d+)/)[1]));
		if (begins.length === 2 && broken++ === 0)
			return route.abort('connectionreset');
		return route.continue();
	});
	await page.setInputFiles('#file', text('大きな表.csv', '品名,数量\r\n'.repeat(whole / 15)));
	await page.click('form[data-upload] .actions button');
	await page.locator('.how', { hasText: '続きから送ります' }).waitFor();
	await page.waitForURL(/\/tickets\/\d+$/, { timeout: 60000 });
	check(broken === 1 && begins.length === 3 && begins[0] === 0 && begins[1] === begins[2] && begins[2] > 0, 'a broken line is taken up where it broke: ' + begins);
	await page.unroute('**/hand-in/part');
	/* stopped: nothing is left on the server */
	await page.goto(internet + '/hand-in');
	await chooseAddressee(page, addressee);
	await page.fill('#purpose', '中止する');
	let id;
	await page.route('**/hand-in/part', async (route) => {
		id = route.request().postDataBuffer().toString('latin1').match(/name="upload"\r\n\r\n([0-9a-f]{32})/)?.[1] ?? id;
		await new Promise((r) => setTimeout(r, 1000));
		return route.abort('connectionreset').catch(() => {}); /* the page has let it go itself */
	});
	await page.setInputFiles('#file', text('中止.txt', 'a\r\n'.repeat(100000)));
	await page.click('form[data-upload] .actions button');
	await page.locator('.how', { hasText: '送信中' }).waitFor();
	while (!id)
		await page.waitForTimeout(100);
	const [gone] = await Promise.all([page.waitForResponse('**/hand-in/drop'), page.click('#upload-stop')]);
	check(gone.status() === 200 && (await page.textContent('#upload-say')).includes('中止しました'), 'sending can be stopped');
	check(await page.evaluate(async (id) => (await fetch('/hand-in/part?upload=' + id)).status, id) === 404, 'and leaves nothing');
	await page.unroute('**/hand-in/part');
}

async function list(page) {
	await page.goto(internet + '/tickets');
	await page.fill('#words', 'ｵｵｷﾅ ヒョウ');
	await page.press('#words', 'Enter');
	check((await page.textContent('main')).includes('当てはまる受渡しはありません'), 'a filter that nothing fits says so');
	await page.goto(internet + '/tickets?words=' + encodeURIComponent('大きな') + '&state=2&since=2020-01-01');
	check((await page.textContent('tbody')).includes('大きな表.csv') && !(await page.textContent('tbody')).includes('一枚目'), 'words, state and day narrow the list');
	await look(page, 'tickets-filtered');
	for (const [link, ending] of [['Excel', '.xlsx'], ['CSV（UTF-8）', '.csv'], ['CSV（Shift_JIS）', '.csv']]) {
		const [download] = await Promise.all([page.waitForEvent('download'), page.click(`.export a:text-is("${link}")`)]);
		const content = readFileSync(await download.path());
		check(download.suggestedFilename().endsWith(ending) && content.length > 100, `the list as ${link}: ${download.suggestedFilename()}`);
		if (link === 'CSV（UTF-8）')
			check(content.toString().includes('"大きな表.csv"') && !content.toString().includes('一枚目'), 'the file holds what the list shows');
	}
	await page.goto(internet + '/tickets?since=yesterday');
	check((await page.textContent('[role=alert]')).includes('日付を読み取れません'), 'a day that is none is said');
}

/* A link for somebody outside: shown once; the guest's page in Japanese and English. */
async function guest(browser, page) {
	await page.goto(internet + '/links');
	await page.locator('#addressee-box').waitFor();
	check(await page.isHidden('#query'), 'the box that searches is the one of the hand-in form');
	await page.fill('#purpose', '写真の提出 <b>');
	await page.fill('#files', '3');
	await page.fill('#addressee-box', 'いないひと');
	await page.locator('.field [role=status]', { hasText: '見つかりません' }).waitFor();
	await page.click('main form button:text-is("リンクを作る")');
	check(await page.isHidden('#issued'), 'no link is made for somebody who was typed, but not chosen');
	await chooseAddressee(page, addressee);
	await page.press('#days', 'Enter');
	await page.locator('#issued').waitFor();
	const address = await page.inputValue('#issued');
	check((await page.textContent('tbody tr')).includes(addressee.name), 'the link is for whom was chosen');
	check(/\/guest\?key=[0-9a-f]{64}$/.test(address), 'a link is made: ' + address);
	await look(page, 'links');
	await page.goto(internet + '/links');
	check(!(await page.content()).includes(address.split('key=')[1]), 'and shown once');
	const outside = await visitor(browser);
	await outside.goto(address);
	await look(outside, 'guest');
	check((await outside.textContent('footer')).includes('このリンクを送った職員'), 'a guest is sent to whom they know');
	await outside.fill('#name', '山川 太郎');
	await outside.fill('#organisation', '個人');
	await outside.setInputFiles('#file', [text('感想.txt', 'たのしい\r\n')]);
	await outside.click('main form button');
	await outside.locator('[role=status]', { hasText: '受け取りました' }).waitFor();
	check((await outside.textContent('tbody')).includes('感想.txt') && !(await outside.content()).includes(addressee.name), 'the guest sees what was sent and nobody else');
	await outside.click('.language button');
	await outside.locator('html[lang=en]').waitFor();
	check((await outside.textContent('main')).includes('What happens next'), 'a change of language keeps the link');
	await look(outside, 'en-guest');
	await page.reload();
	await page.click('form[action$="/revoke"] button');
	check((await page.textContent('[role=status]')).includes('取り消しました'), 'the link is withdrawn');
	check((await outside.goto(address)).status() === 410, 'and gone');
	await look(outside, 'guest-gone');
}

async function withoutScript(browser) {
	const page = await visitor(browser, { javaScriptEnabled: false });
	await page.goto(internet + '/');
	await page.fill('#number', sender.number);
	await page.fill('#password', sender.password);
	await page.fill('#code', await codeFor(sender));
	await page.click('main button');
	await page.goto(internet + '/hand-in');
	await page.fill('#query', '岬');
	await page.click('.search-addressee button');
	await page.selectOption('#addressee', addressee.number);
	await page.selectOption('#past', 'まとめて渡すため');
	await page.setInputFiles('#file', [text('三枚目.txt', '三\r\n'), text('四枚目.txt', '四\r\n')]);
	await page.click('form[data-upload] .actions button');
	check(/\/hand-ins\/\d+$/.test(page.url()) && (await page.textContent('main')).includes('四枚目.txt'), 'several files without script');
	await page.goto(internet + '/links');
	await page.fill('#purpose', '図面の提出');
	await page.fill('#query', '岬');
	await page.click('.search-addressee button');
	check(await page.inputValue('#purpose') === '図面の提出' && await page.isHidden('#issued'), 'looking for somebody keeps what was typed and makes no link');
	await page.selectOption('#addressee', addressee.number);
	await page.click('main form button:text-is("リンクを作る")');
	check(await page.isVisible('#issued') && (await page.textContent('tbody tr')).includes(addressee.name), 'a link for somebody else without script');
	await page.context().close();
}

const browser = await open();
try {
	const page = await severalFiles(browser);
	await brokenLine(page);
	await list(page);
	await guest(browser, page);
	await withoutScript(browser);
} catch (e) {
	check(false, String(e.stack ?? e));
} finally {
	await browser.close();
}
report();
