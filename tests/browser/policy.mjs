/* きまりの変更の試験 — an administrator mends a fault in a draft, signs a proposal; her chief, on a phone, reads the difference and signs; the text is in force.
 * A second proposal is sent back, in English. usage: as support.mjs says */
import { check, codeFor, look, office, open, people, report, signIn, visitor } from './support.mjs';

const [administrator, chief] = ['0001', '0002'].map((n) => people.get(n));

async function write(page, change) {
	await page.click('nav a[href="/policy"]');
	await page.click('a[href="/policy/propose"]');
	await page.fill('#text', change(await page.inputValue('#text')));
	await page.click('button[value=check]');
	await page.waitForLoadState();
}

async function sign(page, reason) {
	await page.fill('#reason', reason);
	await page.fill('#code', await codeFor(administrator));
	await page.click('form:has(#code) button');
	await page.waitForURL(/\/policy\/\d+\?done=1/);
	return new URL(page.url()).pathname;
}

const browser = await open();
const author = await visitor(browser);
await signIn(author, office, administrator);
await author.click('nav a[href="/policy"]');
check((await author.textContent('main')).includes('導入のときに'), 'who adopted the text in force is said');
await look(author, 'policy');
await write(author, (t) => t + '\nallow leak from lgwan to internet service web {\n owner "甲" reason "乙" expires 2099-03-31\n}\n');
check((await author.textContent('#fault')).includes('LGWAN接続系は') && (await author.textContent('#fault')).includes('s6.3.2a'), 'a text that breaks a law is refused with its clause');
check((await author.locator('input[name=act][value=sign]').count()) === 0, 'and cannot be signed');
await look(author, 'propose-broken-law');
await write(author, (t) => t.replace('keep 7 days', 'kepe 7 days'));
check((await author.textContent('#fault')).includes('keep'), 'a wrong word is shown with the one that was meant');
check((await author.inputValue('#text')).includes('kepe'), 'what was typed is kept');
await look(author, 'propose-fault');
await author.fill('#text', (await author.inputValue('#text')).replace('kepe 7 days', 'keep 5 days'));
await author.click('button[value=check]');
await author.locator('.changes ins').first().waitFor();
check((await author.locator('.changes ins').allTextContents()).join().includes('keep 5 days'), 'the new line is shown');
check((await author.locator('.changes').first().textContent()).includes('5 日のあいだ受け取れる'), 'and what it means');
await look(author, 'propose');
const where = await sign(author, '受け取りの期間を短くするため');
check((await author.textContent('main')).includes('自分の提案は、自分では承認できません'), 'the author is told who decides');
await look(author, 'proposal');

const phone = await visitor(browser, { viewport: { width: 375, height: 740 } });
await signIn(phone, office, chief);
check((await phone.textContent('main')).includes('決めるきまりの提案'), 'the chief is told today');
await look(phone, 'today-with-a-proposal');
await phone.click('main a[href="/policy"]');
await phone.click(`main a[href="${where}"]`);
check((await phone.textContent('main')).includes('受け取りの期間を短くするため'), 'the chief reads the reason');
await look(phone, 'proposal-to-decide');
await phone.fill('#code', await codeFor(chief));
await phone.click('button[value=approve]');
await phone.waitForURL(/done=1/);
check((await phone.textContent('main')).includes('このきまりが効力を持ちました'), 'it is in force');
await author.click('nav a[href="/policy"]');
check((await author.textContent('main')).includes(chief.name), 'the text in force names who approved it');
await look(author, 'policy-of-two');

await write(author, (t) => t.replace('keep 5 days', 'keep 9 days'));
const second = await sign(author, 'もとに近い長さに戻すため');
await phone.goto(office + second);
await phone.click('form[action="/language"] button');
check((await phone.textContent('h1')).includes('A policy proposal'), 'the page speaks English');
await look(phone, 'proposal-in-english');
await phone.fill('#code', '123456');
await phone.click('button[value=return]');
check((await phone.textContent('[role=alert]')).includes('Give a reason'), 'sending back wants a reason');
await phone.fill('#code', await codeFor(chief));
await phone.fill('#reason', '五日で足りています');
await phone.click('button[value=return]');
await phone.waitForURL(/done=1/);
await author.goto(office + second);
check((await author.textContent('main')).includes('五日で足りています'), 'the author reads why');
await browser.close();
report();
