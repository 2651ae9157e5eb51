/* 最初のページの見た目 — a document is handed in: its page shows the first page before and after to its sender and to the chief, without scripts too; of a text a sentence
 * says that there is none. usage: node pictures.mjs OFFICE-URL INTERNET-URL SIGN-INS FILE [SHOTS-FOLDER] */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, chooseAddressee, internet, look, office, open, people, report, signIn, visitor } from './support.mjs';

const sample = join(dirname(fileURLToPath(import.meta.url)), '../../packaging/sample/夏まつりのご案内.docm');

async function handIn(page, file) {
	await page.goto(internet + '/hand-in');
	await chooseAddressee(page, people.get('2002'));
	await page.fill('#purpose', '案内を回覧するため');
	await page.setInputFiles('#file', file);
	await page.click('form[data-upload] .actions button');
	await page.waitForURL(/\/tickets\/\d+$/);
	await page.locator('[aria-busy=true]').waitFor({ state: 'detached', timeout: 60000 });
	return page.url().match(/\d+$/)[0];
}

/* Sizes of the two pictures, once both are there. */
async function sizes(page) {
	for (let i = 0; i < 300 && !(await page.evaluate(() => [...document.querySelectorAll('.pictures img')].every((i) => i.complete))); i++)
		await page.waitForTimeout(200);
	return page.evaluate(() => [...document.querySelectorAll('.pictures img')].map((i) => [i.naturalWidth, i.naturalHeight, i.alt.length]));
}

function both(found) {
	return found.length === 2 && found.every(([w, h, alt]) => w > 300 && h > 300 && Math.max(w, h) <= 1000 && alt > 5);
}

const browser = await open();
const page = await visitor(browser);
await signIn(page, internet, people.get('2001'));
const ticket = await handIn(page, sample);
check(both(await sizes(page)), 'the sender sees both pictures, each with words: ' + JSON.stringify(await sizes(page)));
await look(page, 'pictures-sender');
const plain = await visitor(browser, { javaScriptEnabled: false, storageState: await page.context().storageState() });
await plain.goto(internet + '/tickets/' + ticket, { waitUntil: 'load' });
check(await plain.locator('.pictures img').count() === 2 && (await plain.locator('.pictures img').first().boundingBox()).height > 200, 'they show without scripts');
await handIn(page, process.argv[5]);
check((await page.textContent('main')).includes('この種類のファイルは絵にできない'), 'of a text a sentence says that there is none');
check(await page.locator('.pictures').count() === 0, 'and no empty frame stands there');
const chief = await visitor(browser);
await signIn(chief, office, people.get('1001'));
await chief.goto(office + '/tickets/' + ticket);
check(both(await sizes(chief)), 'the chief who decides sees both');
await look(chief, 'pictures-chief');
await browser.close();
report();
