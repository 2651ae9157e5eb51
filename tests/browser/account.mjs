/* 私のアカウントの試験 — sessions seen and ended, the password changed, a second factor set up anew, input that comes too late for the same person and for
 * another, the warning before the idle end. In Japanese and English. usage: as support.mjs says */
import { check, chooseAddressee, codeFor, internet, look, office, open, people, report, signIn, visitor } from './support.mjs';

const [person, colleague, administrator, patient] = ['2003', '2002', '0001', '1002'].map((n) => people.get(n));

async function english(page) {
	await page.click('.language button');
	await page.locator('html[lang=en]').waitFor();
}

/* Three places; one is ended, then all others. */
async function sessions(browser) {
	const here = await visitor(browser), there = await visitor(browser), third = await visitor(browser);
	await signIn(here, office, person);
	await signIn(there, office, person);
	await signIn(third, internet, person);
	await here.click('.who a');
	await here.waitForURL('**/account');
	check(await here.locator('tbody tr').count() >= 3, 'every place is listed');
	check(await here.locator('tbody strong', { hasText: 'この画面' }).count() === 1, 'this one is marked');
	await look(here, 'account');
	const rows = await here.locator('tbody tr').count();
	await here.locator('tbody form button').first().click();
	await here.locator('[role=status]', { hasText: 'サインインを終えました' }).waitFor();
	check(await here.locator('tbody tr').count() === rows - 1, 'one is ended');
	await here.click('main > form button');
	await here.locator('[role=status]').waitFor();
	check(await here.locator('tbody tr').count() === 1, 'all others are ended');
	for (const page of [there, third]) {
		await page.reload();
		check(new URL(page.url()).pathname === '/sign-in', 'they come to the sign-in page');
		await page.context().close();
	}
	await english(here);
	check((await here.textContent('main')).includes('this window') || (await here.textContent('h1')).includes('My account'), 'the page in English');
	await look(here, 'en-account');
	return here;
}

async function password(page) {
	await page.goto(office + '/account/password');
	await look(page, 'en-password');
	const fresh = 'wave and lighthouse in July';
	const send = async (values) => {
		for (const [id, value] of Object.entries(values))
			await page.fill('#' + id, value);
		await page.click('main form.narrow button');
	};
	await send({ present: person.password, code: '000000', fresh, again: 'something else altogether' });
	check((await page.textContent('[role=alert]')).length > 10, 'two new passwords that differ are refused');
	check((await page.inputValue('#fresh')) === '' && !(await page.content()).includes(fresh), 'and not shown again');
	await look(page, 'en-password-refused');
	await send({ present: person.password, code: await codeFor(person), fresh, again: fresh });
	await page.waitForURL(/account\?changed=1/);
	check(await page.locator('[role=status]').count() === 1, 'the password is changed');
	person.password = fresh;
	await page.context().close();
	const again = await visitor(browser);
	await signIn(again, internet, person);
	await again.context().close();
}

/* The telephone is lost: the administrator clears the code, the person sets a password and another app up. */
async function factor(browser) {
	const page = await visitor(browser);
	await signIn(page, office, administrator);
	await page.goto(office + '/people/one?number=' + patient.number);
	await page.check('#clear');
	await page.fill('form[action="/people/reset"] #code', await codeFor(administrator));
	await page.click('form[action="/people/reset"] button');
	const initial = (await page.textContent('.secret')).trim();
	await page.context().close();
	const own = await visitor(browser);
	await own.goto(office + '/sign-in');
	await own.fill('#number', patient.number);
	await own.fill('#password', initial);
	await own.fill('#code', await codeFor(patient)); /* of the lost one: worth nothing */
	await own.click('main button');
	await own.waitForURL('**/new-password');
	await english(own);
	await own.goto(office + '/new-password');
	await look(own, 'en-new-password');
	await own.fill('#present', initial);
	await own.fill('#fresh', '岬の 灯台と 七月の 波の音');
	await own.fill('#again', '岬の 灯台と 七月の 波の音');
	await own.click('main button');
	await own.waitForURL('**/enrol');
	await look(own, 'en-enrol');
	const secret = await own.textContent('.secret');
	check(secret.replace(/ /g, '') !== patient.secret.replace(/ /g, ''), 'another secret than the lost one');
	patient.secret = secret, patient.password = '岬の 灯台と 七月の 波の音';
	await own.fill('#code', await codeFor(patient));
	await own.click('main button');
	await own.waitForURL((u) => u.pathname === '/');
	await own.context().close();
	const again = await visitor(browser);
	await signIn(again, internet, patient);
	await again.context().close();
}

/* All sessions of a person, ended from another place. */
async function endOthers(browser, who) {
	const page = await visitor(browser);
	await signIn(page, office, who);
	await page.goto(office + '/account');
	await page.click('main > form button');
	await page.locator('[role=status]').waitFor();
	await page.context().close();
}

async function tooLate(browser) {
	const page = await visitor(browser);
	await signIn(page, office, colleague);
	await page.goto(office + '/outward');
	await page.fill('#purpose', '内示の資料を県に送るため');
	await endOthers(browser, colleague);
	await page.setInputFiles('#file', { name: '内示.txt', mimeType: 'text/plain', buffer: Buffer.from('内示\r\n') });
	await page.click('form[enctype] button');
	await page.locator('#number').waitFor();
	check(!(await page.content()).includes('内示の資料'), 'what was typed is not to be read on the sign-in page');
	await look(page, 'too-late');
	await page.fill('#number', colleague.number);
	await page.fill('#password', colleague.password);
	await page.fill('#code', await codeFor(colleague));
	await page.click('main button');
	await page.locator('[role=status]', { hasText: 'まだ送られていません' }).waitFor();
	check((await page.locator('main textarea').evaluateAll((all) => all.map((t) => t.value))).includes('内示の資料を県に送るため'), 'the same person finds it again');
	await look(page, 'resume');
	await page.click('main form button');
	check(await page.inputValue('#purpose') === '内示の資料を県に送るため', 'and goes on in the form');
	await page.context().close();
}

/* The same page, another person: typed into the same browser, signed in there. */
async function another(browser) {
	const page = await visitor(browser);
	await signIn(page, office, colleague);
	await page.goto(office + '/outward');
	await page.fill('#purpose', '内示の資料');
	await endOthers(browser, colleague);
	await page.setInputFiles('#file', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a\r\n') });
	await page.click('form[enctype] button');
	await page.fill('#number', person.number);
	await page.fill('#password', person.password);
	await page.fill('#code', await codeFor(person));
	await page.click('main button');
	await page.locator('[role=status]', { hasText: '別の人' }).waitFor();
	check(!(await page.content()).includes('内示の資料'), 'another person sees nothing of it');
	check((await page.textContent('.who')).includes(person.name), 'and is signed in as themself');
	await look(page, 'resume-another');
	await page.click('main a.button');
	check(new URL(page.url()).pathname === '/outward' && await page.inputValue('#purpose') === '', 'the page is empty for them');
	await english(page);
	await page.context().close();
}

/* An upload that the script takes up again after a sign-in: never under another person's name. */
async function uploadOfAnother(browser) {
	const page = await visitor(browser);
	await signIn(page, internet, colleague);
	await page.goto(internet + '/hand-in');
	await chooseAddressee(page, person);
	await page.fill('#purpose', 'ほかの人の名前で渡してはならない');
	await page.setInputFiles('#file', { name: '私のもの.txt', mimeType: 'text/plain', buffer: Buffer.from('私のもの\r\n') });
	const other = await page.context().newPage(); /* the same browser: another tab */
	await other.goto(internet + '/');
	await other.click('header.top button');
	await other.waitForURL(/\/sign-in\?out=1$/);
	await signIn(other, internet, person);
	await page.bringToFront();
	await page.click('form[data-upload] .actions button');
	await page.locator('main', { hasText: '別の人がサインインしたため' }).waitFor();
	await other.goto(internet + '/tickets?words=' + encodeURIComponent('ほかの人の名前'));
	check(!(await other.textContent('main')).includes('私のもの.txt'), 'nothing was handed in under the other name');
	await page.context().close();
}

/* Two minutes before the end a dialog warns; going on is a sign of life; an ended session says so and keeps what was typed. The page's clock is turned. */
async function idle(browser, inEnglish) {
	const page = await visitor(browser, inEnglish ? { locale: 'en-GB' } : {});
	await page.clock.install();
	await signIn(page, office, colleague);
	await page.goto(office + '/outward');
	await page.fill('#purpose', 'not yet sent');
	/* the session has idled: told instead of waited for; pages of the server itself see to the rest */
	await page.route('**/session', (route) => route.fulfill({ status: 200, contentType: 'text/plain', body: '110\n' }));
	await page.clock.fastForward(29 * 60 * 1000);
	await page.locator('#idle[open]').waitFor();
	check(Number(await page.textContent('#idle-left')) <= 110, 'the seconds left are told');
	check(await page.evaluate(() => document.activeElement.id) === 'idle-go-on', 'the keyboard stands on “go on”');
	await look(page, inEnglish ? 'en-idle' : 'idle');
	await page.keyboard.press('Escape');
	check(await page.isVisible('#idle'), 'Escape does not send it away');
	const [kept] = await Promise.all([page.waitForResponse('**/session/keep'), page.keyboard.press('Enter')]);
	check(kept.status() === 200, 'going on asks the server');
	await page.locator('#idle[open]').waitFor({ state: 'detached' }).catch(() => {});
	check(!(await page.isVisible('#idle')), 'and closes the warning');
	await page.unroute('**/session');
	await endOthers(browser, colleague);
	await page.clock.fastForward(29 * 60 * 1000);
	await page.locator('#idle-over').waitFor();
	check(await page.isHidden('#idle-warning'), 'an ended session is told, not counted down');
	await look(page, inEnglish ? 'en-idle-over' : 'idle-over');
	await page.click('#idle-close');
	check(await page.inputValue('#purpose') === 'not yet sent', 'what was typed is still there');
	await page.context().close();
}

const browser = await open();
try {
	await password(await sessions(browser));
	await factor(browser);
	await tooLate(browser);
	await another(browser);
	await uploadOfAnother(browser);
	await idle(browser, false);
	await idle(browser, true);
} catch (e) {
	check(false, String(e.stack ?? e));
} finally {
	await browser.close();
}
report();
