/* 通信の分割の画面の試験 — in a network of its own, with the rules in the kernel: an administrator and her chief see what passes, what does not, that it is proven, what was
 * blocked and what somebody changed, each with its row of the journal; the picture says what the tables say. usage: as support.mjs says */
import { execFileSync } from 'node:child_process';
import { check, codeFor, look, office, open, people, report, signIn, visitor } from './support.mjs';

const [administrator, chief, clerk] = ['0001', '0002', '2001'].map((n) => people.get(n));
const run = (...words) => execFileSync(words[0], words.slice(1), { encoding: 'utf8' });
/* As the page's own browser asks: status, headers that matter, text. */
const get = (page, path) => page.evaluate(async (p) => { const r = await fetch(p); return { status: r.status, disposition: r.headers.get('content-disposition') ?? '', text: await r.text() }; }, path);
const browser = await open();

const clerkPage = await visitor(browser);
await signIn(clerkPage, office, clerk);
for (const path of ['/zones', '/zones/map.svg', '/zones/blocked', '/zones/blocked/chart.svg', '/zones/records', '/zones/records/1'])
	check((await get(clerkPage, path)).status === 403, `a clerk does not see ${path}`);
check((await clerkPage.locator('nav a[href="/zones"]').count()) === 0, 'nor its name in the menu');

const page = await visitor(browser);
await signIn(page, office, administrator);
await page.click('nav a[href="/zones"]');
check((await page.textContent('.notice.care')).includes('まだ通信を分けていません'), 'before anything is applied the page says so');
check((await page.textContent('main')).includes('住民基本台帳サーバー'), 'and shows the text in force');
await look(page, 'zones-not-applied');

run(process.env.ZONES_APPLY);
await page.click('nav a[href="/zones"]');
check((await page.textContent('.notice.good')).includes('同じであることを証明しました'), 'applied: it is proven');
check((await page.textContent('main')).includes('証明済み') && (await page.textContent('main')).includes('適用した日時'), 'with when');
const map = page.locator('.map img');
check(await map.evaluate((i) => i.complete && i.naturalWidth > 600), 'the picture is there');
const svg = (await get(page, '/zones/map.svg')).text;
check(/<title[^>]*>紺碧市 通信の図<\/title><desc/.test(svg), 'it has a title and a description');
check((svg.match(/marker|<script|href/g) ?? []).length === 0, 'and nothing but shapes and words');
for (const words of ['マイナンバー利用事務系', '住民基本台帳サーバー → 標準準拠', '特定通信', '10.1.0.0/16', 'eth2', '通信なし'])
	check(svg.includes(words), `the picture says ${words}`);
const cells = await page.locator('#ways ~ table').first().textContent();
for (const words of ['juki-cloud', '市民課長', '地方公共団体情報システムの標準化に関する法律', 'あと', '平日 08:30–17:15'])
	check(cells.includes(words), `the table says ${words}`);
const noWays = await page.locator('table', { hasText: '禁止の文' }).textContent();
check(noWays.includes('マイナンバー利用事務系インターネット接続系× 通信なし'), 'My Number and the Internet: no way');
check(noWays.includes('関所の画面を通してだけ受け取る'), 'what the text says may never be is told with its reason');
await look(page, 'zones');
await page.emulateMedia({ media: 'print' });
await look(page, 'zones-printed');
await page.emulateMedia({ media: 'screen' });
await page.selectOption('#show', 'specific');
await page.click('form.filter button');
check((await page.locator('#ways ~ table').first().locator('tbody tr').count()) === 1, 'only the specific communication is left');
for (const as of ['xlsx', 'csv']) {
	const file = await get(page, `/zones?show=specific&as=${as}`);
	check(file.status === 200 && file.disposition.includes('attachment'), `as ${as}`);
	if (as === 'csv')
		check(file.text.includes('juki-cloud') && !file.text.includes('kanri-shell'), 'with the filter');
}
await page.goto(office + '/zones?page=99&from=nowhere');
check((await page.textContent('main')).includes('あてはまる許可はありません'), 'a zone that is not there has no exceptions');

/* Somebody knocks, and somebody changes the rules. */
run(process.env.ZONES_KNOCK);
run('nft', 'insert', 'rule', 'inet', 'sekisho', 'forward', 'accept');
for (let i = 0; i < 50; i++) {
	await page.goto(office + '/zones');
	if ((await page.textContent('main')).includes('1 回')) break;
	await page.waitForTimeout(300);
}
check((await page.textContent('main')).includes('元に戻しました'), 'the change by others is told');
const blocked = page.locator('table', { hasText: '推移' });
check((await blocked.textContent()).includes('インターネット接続系関所25'), 'the packets that were blocked are counted: ' + (await blocked.textContent()));
await look(page, 'zones-changed');
await blocked.locator('a').first().click();
check((await page.textContent('main')).includes('遮ったパケット 25'), 'and shown over time');
check(await page.locator('.chart').evaluate((i) => i.complete && i.naturalWidth > 300), 'with a chart');
await look(page, 'zones-blocked');
await page.selectOption('#by', 'hour');
await page.click('form.filter button');
check((await page.textContent('main')).includes('この48時間'), 'hour by hour');
await page.goBack();
await page.goto(office + '/zones');
await page.locator('dd a', { hasText: '記録' }).click();
check((await page.textContent('main')).includes('zones.changed_by_others') && (await page.textContent('main')).includes('nft ('), 'one click to the row of the journal, with who it was');
check((await page.textContent('main')).includes('sekisho evidence prove'), 'and how it is checked');
await look(page, 'zones-record');
check((await get(page, '/zones/records/1')).status === 404, 'rows about other things are not shown here');
await page.click('main a[href="/zones/records"]');
check((await page.textContent('main')).includes('通信規則の復旧'), 'all rows about the zones');
await look(page, 'zones-records');

/* What the rules rest on is not as the text has it. */
run('sysctl', '-qw', 'net.ipv4.ip_forward=0');
for (let i = 0; i < 50; i++) {
	await page.goto(office + '/zones');
	if ((await page.locator('.notice.bad').count()) > 0) break;
	await page.waitForTimeout(300);
}
check((await page.textContent('.notice.bad')).includes('規則の土台'), 'the page says that the rules are undermined');
check((await page.textContent('main')).includes('ip_forward'), 'and by what');
await look(page, 'zones-undermined');
run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
for (let i = 0; i < 50; i++) {
	await page.goto(office + '/zones');
	if ((await page.locator('.notice.good').count()) > 0) break;
	await page.waitForTimeout(300);
}

/* The chief, on a phone, in English, by keyboard alone. */
const phone = await visitor(browser, { viewport: { width: 375, height: 740 } });
await signIn(phone, office, chief);
await phone.locator('nav a[href="/zones"]').focus();
await phone.keyboard.press('Enter');
await phone.waitForURL(/\/zones$/);
check((await phone.textContent('.notice.good')).includes('証明しました'), 'the chief sees that it is proven');
await phone.locator('.map').focus();
const before = await phone.locator('.map').evaluate((m) => m.scrollLeft);
for (let i = 0; i < 5; i++) await phone.keyboard.press('ArrowRight');
await phone.waitForTimeout(400);
check((await phone.locator('.map').evaluate((m) => m.scrollLeft)) > before, 'the picture moves by the keys');
await look(phone, 'zones-chief');
await phone.click('form[action="/language"] button');
check((await phone.textContent('h1')).includes('Division of the networks') && (await phone.textContent('.notice.good')).includes('proven'), 'the page speaks English');
await look(phone, 'zones-in-english');
await browser.close();
report();
