/* 画面の補助 — enhances pages that work without it: progress of an upload, waiting for a verdict, choosing all of a list. */

/* <form data-upload>: a module of its own sends the files in parts. */
if (document.querySelector('form[data-upload]'))
	import('/static/hand_in.js');

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

/* A box that chooses all boxes of its table. */
for (const all of document.querySelectorAll('input[type=checkbox].choose-all')) {
	const boxes = all.closest('form').querySelectorAll('input[type=checkbox][name=ticket]');
	all.closest('.only-script').hidden = false;
	all.addEventListener('change', () => boxes.forEach((box) => { box.checked = all.checked; }));
}
