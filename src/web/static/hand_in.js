/* ファイルを渡す画面の補助 — files are chosen or dropped, sent one after the other in parts, and a broken line is taken up where the server says it broke. The
 * form itself works without any of this. Words come from #upload-words, so that they are translated with the page. */
const form = document.querySelector('form[data-upload]');
const words = document.getElementById('upload-words');
const word = (name) => words.querySelector('.word-' + name).textContent;
const filesMost = Number(words.querySelector('.files-most').textContent);
const partBytes = Number(words.querySelector('.part-bytes').textContent);
const input = form.querySelector('input[type=file]');
const bytesMost = Number(input.dataset.most);
const list = document.getElementById('files');
const status = document.getElementById('upload-status');
const notice = document.getElementById('upload-say');
const stop = document.getElementById('upload-stop');
const send = form.querySelector('button:not([type])');
let items = [], running = null;

const size = (n) => n < 1024 ? n + ' B' : n < 1 << 20 ? (n / 1024).toFixed(1) + ' KB' : n < 1 << 30 ? (n / (1 << 20)).toFixed(1) + ' MB' : (n / (1 << 30)).toFixed(1) + ' GB';
const element = (tag, properties = {}, ...children) => {
	const e = Object.assign(document.createElement(tag), properties);
	e.append(...children);
	return e;
};
const pause = (milliseconds, signal) => new Promise((done) => {
	const timer = setTimeout(done, milliseconds);
	signal.addEventListener('abort', () => { clearTimeout(timer); done(); }, { once: true });
	addEventListener('online', () => { clearTimeout(timer); done(); }, { once: true });
});

function say(text, kind = 'bad') {
	notice.className = 'notice ' + kind;
	notice.querySelector('p').textContent = text;
	notice.hidden = false;
	notice.focus();
}

/* ---- which files ---- */

class Item {
	constructor(file) {
		this.file = file;
		this.sent = 0;
		this.id = null;
		this.how = element('span', { className: 'how', id: 'how-' + (Item.count = (Item.count || 0) + 1) });
		this.bar = element('progress', { max: Math.max(file.size, 1), value: 0 });
		this.bar.setAttribute('aria-label', file.name);
		this.remove = element('button', { type: 'button', className: 'quiet', textContent: word('remove') });
		this.remove.setAttribute('aria-label', file.name + ' ' + word('remove'));
		this.remove.addEventListener('click', () => remove(this));
		this.row = element('li', {}, element('span', { textContent: `${file.name} (${size(file.size)})` }), this.remove, this.bar, this.how);
		this.wrong = file.size > bytesMost ? word('too-large') : file.size === 0 ? word('empty') : '';
		this.tell(this.wrong || word('not-sent'), Boolean(this.wrong));
		this.bar.hidden = Boolean(this.wrong);
	}
	tell(text, bad = false) {
		this.how.textContent = text;
		this.how.classList.toggle('bad', bad);
	}
	progress(bytes) {
		this.sent = bytes;
		this.bar.value = bytes;
		this.tell(`${word('sending')} ${Math.floor(bytes * 100 / Math.max(this.file.size, 1))} %`);
	}
	/* Within this browser window: the same file chosen again goes on where it was. */
	get key() { return `sekisho-upload ${this.file.name} ${this.file.size} ${this.file.lastModified}`; }
}

function validity() {
	const wrong = items.find((i) => i.wrong);
	const kept = form.querySelectorAll('input[name=upload][type=hidden]').length;
	const total = items.length + kept;
	input.required = total === 0;
	input.setCustomValidity(wrong ? `${wrong.file.name}: ${wrong.wrong}` : total > filesMost ? word('too-many') : '');
	list.hidden = items.length === 0;
}

function add(files) {
	for (const file of files)
		if (!items.some((i) => i.file.name === file.name && i.file.size === file.size && i.file.lastModified === file.lastModified)) {
			const item = new Item(file);
			items.push(item);
			list.append(item.row);
		}
	validity();
	if (items.length > 0)
		input.reportValidity();
}

function remove(item) {
	const at = items.indexOf(item);
	items.splice(at, 1);
	item.row.remove();
	item.controller?.abort();
	if (item.id)
		drop(item);
	validity();
	(items[at]?.remove ?? input).focus();
}

input.addEventListener('change', () => {
	add(input.files);
	if (items.length > 0)
		input.value = ''; /* what is in the list counts; choosing again adds */
	validity();
});
const zone = form.querySelector('.drop');
zone.classList.add('ready');
zone.querySelector('.drop-words').hidden = false;
for (const kind of ['dragenter', 'dragover'])
	form.addEventListener(kind, (e) => { if (e.dataTransfer?.types.includes('Files')) { e.preventDefault(); zone.classList.add('over'); } });
for (const kind of ['dragleave', 'drop'])
	form.addEventListener(kind, () => zone.classList.remove('over'));
form.addEventListener('drop', (e) => { if (e.dataTransfer.files.length) { e.preventDefault(); add(e.dataTransfer.files); } });

/* ---- the way to the server ---- */

class Refused extends Error {}
class Broken extends Error {}

async function sentence(answer) {
	const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
	return page.querySelector('main .notice p')?.textContent.trim() || answer.statusText;
}

/* 403: the session may have ended, or be a new one whose forms carry another token: of the same person, or this page is not for it. */
async function freshToken() {
	const page = await (await fetch('/hand-in', { redirect: 'manual' })).text().catch(() => '');
	const fresh = new DOMParser().parseFromString(page, 'text/html');
	const token = fresh.querySelector('form[data-upload] input[name=csrf]');
	const person = (there) => there.querySelector('.who')?.id;
	if (token && person(fresh) !== person(document))
		throw new Refused(word('another'));
	if (token)
		for (const field of document.querySelectorAll('input[name=csrf]'))
			field.value = token.value;
	return Boolean(token);
}

async function ask(address, options) {
	let answer;
	try {
		answer = await fetch(address, { redirect: 'manual', ...options });
	} catch (e) {
		throw options.signal?.aborted ? e : new Broken();
	}
	if (answer.ok)
		return (await answer.text()).trim();
	if (answer.type === 'opaqueredirect' || answer.status === 403) {
		if (await freshToken().catch((e) => { if (e instanceof Refused) throw e; }))
			throw new Broken();
		throw Object.assign(new Broken(), { signIn: true });
	}
	if (answer.status >= 502 || answer.status === 503 || answer.status === 409)
		throw new Broken();
	throw Object.assign(new Refused(await sentence(answer)), { status: answer.status });
}

const value = (name) => form.elements[name]?.value ?? '';
const token = () => form.querySelector('input[name=csrf]').value;

async function begin(item, signal) {
	const secret = value('password') || value('charset');
	const known = secret ? null : sessionStorage.getItem(item.key);
	if (known) {
		try {
			item.progress(Number(await ask('/hand-in/part?upload=' + known, { signal })));
			return known;
		} catch (e) {
			if (!(e instanceof Refused))
				throw e;
			sessionStorage.removeItem(item.key);
		}
	}
	const fields = { csrf: token(), name: item.file.name, type: item.file.type, bytes: item.file.size };
	for (const name of ['addressee', 'purpose', 'past', 'charset', 'password'])
		fields[name] = value(name);
	const id = await ask('/hand-in/begin', { method: 'POST', body: new URLSearchParams(fields), signal });
	if (!secret)
		sessionStorage.setItem(item.key, id);
	return id;
}

/* XMLHttpRequest for the progress of what is on the way. */
function sendPart(item, at, signal) {
	return new Promise((done, failed) => {
		const request = new XMLHttpRequest(), body = new FormData();
		const end = Math.min(at + partBytes, item.file.size);
		for (const [name, what] of [['csrf', token()], ['upload', item.id], ['at', at]])
			body.append(name, what);
		body.append('part', item.file.slice(at, end), 'part');
		request.upload.addEventListener('progress', (e) => item.progress(Math.min(at + e.loaded, end)));
		request.addEventListener('load', () => {
			if (request.status === 200)
				done(Number(request.responseText));
			else if (request.status === 403)
				freshToken().then((good) => failed(Object.assign(new Broken(), { signIn: !good })), (e) => failed(e instanceof Refused ? e : new Broken()));
			else if ([400, 409].includes(request.status) || request.status >= 502)
				failed(new Broken());
			else
				failed(new Refused(new DOMParser().parseFromString(request.responseText, 'text/html').querySelector('main .notice p')?.textContent.trim() || request.statusText));
		});
		request.addEventListener('error', () => failed(new Broken()));
		request.addEventListener('timeout', () => failed(new Broken()));
		request.addEventListener('abort', () => failed(new DOMException('', 'AbortError')));
		signal.addEventListener('abort', () => request.abort(), { once: true });
		request.timeout = 120000;
		request.open('POST', '/hand-in/part');
		request.send(body);
	});
}

async function sendFile(item, signal) {
	let wait = 1000, at = 0;
	for (;;) {
		try {
			if (!item.id) {
				item.id = await begin(item, signal);
				at = item.sent;
			}
			while (at < item.file.size) {
				item.progress(at);
				at = await sendPart(item, at, signal);
				wait = 1000;
			}
			item.progress(item.file.size);
			item.tell(word('sent'));
			return;
		} catch (e) {
			if (signal.aborted || !(e instanceof Broken))
				throw e;
			item.tell(e.signIn ? word('sign-in') : word('again'), true);
			await pause(wait, signal);
			wait = Math.min(wait * 2, 15000);
			try {
				if (item.id)
					at = Number(await ask('/hand-in/part?upload=' + item.id, { signal }));
			} catch (gone) {
				if (gone instanceof Refused) { /* nothing of it is left: from the front */
					sessionStorage.removeItem(item.key);
					item.id = null, item.sent = 0;
				}
			}
		}
		if (signal.aborted)
			throw new DOMException('', 'AbortError');
	}
}

function drop(item) {
	sessionStorage.removeItem(item.key);
	fetch('/hand-in/drop', { method: 'POST', keepalive: true, body: new URLSearchParams({ csrf: token(), upload: item.id }) }).catch(() => {});
	item.id = null;
}

const isSent = (item) => Boolean(item.id) && item.sent === item.file.size;

async function sendAll() {
	for (const item of items)
		if (!isSent(item))
			item.tell(word('waiting'));
	for (const item of [...items]) {
		if (!items.includes(item) || isSent(item))
			continue;
		item.controller = new AbortController();
		running.signal.addEventListener('abort', () => item.controller.abort(), { once: true });
		try {
			await sendFile(item, item.controller.signal);
		} catch (e) {
			if (!running.signal.aborted && !items.includes(item))
				continue; /* taken off the list while it was sent */
			throw e;
		}
	}
}

function busy(yes) {
	send.disabled = yes;
	stop.hidden = !yes;
	form.setAttribute('aria-busy', yes);
}

stop.addEventListener('click', () => {
	running?.abort();
	for (const item of items) {
		if (item.id)
			drop(item);
		item.sent = 0, item.bar.value = 0;
		item.tell(word('not-sent'));
	}
	busy(false);
	say(word('stopped'), 'info');
});

form.addEventListener('submit', async (event) => {
	if (items.length === 0)
		return; /* what was sent before, or nothing: the form says so itself */
	event.preventDefault();
	notice.hidden = true;
	if (!value('purpose').trim() && !value('past')) {
		say(word('no-purpose'));
		form.elements.purpose.focus();
		return;
	}
	busy(true);
	running = new AbortController();
	try {
		await sendAll();
		if (items.length === 0 || running.signal.aborted)
			return busy(false);
		for (const item of items) {
			form.append(element('input', { type: 'hidden', name: 'upload', value: item.id }));
			sessionStorage.removeItem(item.key);
		}
		input.disabled = true;
		form.elements.password.value = ''; /* it lies with the file already */
		form.submit();
	} catch (e) {
		busy(false);
		for (const item of items)
			if (!isSent(item))
				item.tell(word('not-sent'));
		if (!running.signal.aborted)
			say(e instanceof Refused ? e.message : String(e));
	}
});
addEventListener('beforeunload', (e) => { if (form.getAttribute('aria-busy') === 'true' && stop.hidden === false && !input.disabled) e.preventDefault(); });
validity();

/* ---- purposes of before ---- */

form.elements.past?.addEventListener('change', () => {
	if (form.elements.past.value && !form.elements.purpose.value)
		form.elements.purpose.value = form.elements.past.value;
});
