/* 画面の補助 — enhances pages that work without it: progress of an upload, waiting for a verdict, choosing all of a list. */

/* <form data-upload>: a module of its own sends the files in parts. */
if (document.querySelector('form[data-upload]'))
	import('/static/hand_in.js');

/* <select id=addressee>: a box that searches for people takes its place. */
if (document.getElementById('addressee-words'))
	import('/static/addressee.js');

/* [aria-busy=true] with an id of the form "state-NUMBER" or "hand-in-state-NUMBER": the page is loaded again when it is no longer busy. */
for (const waiting of document.querySelectorAll('[aria-busy=true][id*=state-]')) {
	const [, act, number] = waiting.id.match(/^(hand-in-)?state-(\d+)$/);
	let pause = 700;
	const look = async () => {
		try {
			const answer = await fetch((act ? '/hand-ins/' : '/tickets/') + number + '/state');
			if (answer.ok && !answer.redirected && (await answer.text()).trim() === 'done') {
				location.reload();
				return;
			}
		} catch {
			/* the next look may succeed */
		}
		pause = Math.min(pause * 1.3, 10000);
		setTimeout(look, pause);
	};
	look();
}

/* <form class=fetch>: a download leaves the page as it is; the form's line says that it has begun. */
for (const form of document.querySelectorAll('form.fetch'))
	form.addEventListener('submit', () => { form.querySelector('[role=status]').textContent = form.querySelector('.fetch-said').textContent; });

/* A box that chooses all boxes of its table. */
for (const all of document.querySelectorAll('input[type=checkbox].choose-all')) {
	const boxes = all.closest('form').querySelectorAll('input[type=checkbox][name=ticket]');
	all.closest('.only-script').hidden = false;
	all.addEventListener('change', () => boxes.forEach((box) => { box.checked = all.checked; }));
}

/* <dialog id=idle data-seconds>: a warning two minutes before the session ends by itself. Another tab may have kept it alive: asked first, in a
 * way that is no sign of life. What was typed stays either way: a form sent too late comes back after signing in. */
const idle = document.getElementById('idle');
if (idle?.showModal) {
	const warnBefore = 120;
	const left = document.getElementById('idle-left');
	const warning = document.getElementById('idle-warning');
	const over = document.getElementById('idle-over');
	let ends = Date.now() + Number(idle.dataset.seconds) * 1000;
	let timer;
	const ask = async (path) => {
		try {
			const answer = await fetch(path, { redirect: 'manual' });
			if (answer.type === 'opaqueredirect')
				return 0;
			const seconds = answer.ok ? Number(await answer.text()) : NaN;
			return Number.isFinite(seconds) ? seconds : null;
		} catch {
			return null;
		}
	};
	const end = () => {
		warning.hidden = true;
		over.hidden = false;
		if (!idle.open)
			idle.showModal();
	};
	const later = (seconds) => {
		ends = Date.now() + seconds * 1000;
		clearInterval(timer);
		timer = setTimeout(warn, Math.max(seconds - warnBefore, 0) * 1000);
	};
	const count = () => {
		const seconds = Math.max(Math.ceil((ends - Date.now()) / 1000), 0);
		left.textContent = seconds;
		if (seconds > 0)
			return;
		clearInterval(timer);
		end();
	};
	const warn = async () => {
		const seconds = await ask('/session');
		if (seconds === null) { /* nobody answers: look again soon */
			timer = setTimeout(warn, 10000);
			return;
		}
		if (seconds > warnBefore + 5) {
			later(seconds);
			return;
		}
		ends = Date.now() + seconds * 1000;
		timer = setInterval(count, 1000);
		count();
		if (!idle.open)
			idle.showModal();
	};
	document.getElementById('idle-go-on').addEventListener('click', async () => {
		const seconds = await ask('/session/keep');
		if (seconds === 0) {
			clearInterval(timer);
			end();
		} else if (seconds !== null) {
			idle.close();
			later(seconds);
		}
	});
	document.getElementById('idle-close').addEventListener('click', () => idle.close());
	idle.addEventListener('cancel', (event) => { if (over.hidden) event.preventDefault(); });
	later(Number(idle.dataset.seconds));
}
