/* 画面の補助 — enhances pages that work without it: progress of an upload, waiting for a verdict, choosing all of a list. */

/* <form data-upload>: the same form sent by XMLHttpRequest, for the sake of its progress. */
for (const form of document.querySelectorAll('form[data-upload]')) {
	const file = form.querySelector('input[type=file]');
	const bar = form.querySelector('progress');
	const words = form.querySelector('output');
	file?.addEventListener('change', () => {
		const most = Number(file.dataset.most || 0);
		const tooLarge = most > 0 && file.files[0] && file.files[0].size > most;
		file.setCustomValidity(tooLarge ? file.title : '');
		file.reportValidity();
	});
	form.addEventListener('submit', (event) => {
		if (!bar || !form.checkValidity())
			return;
		event.preventDefault();
		const request = new XMLHttpRequest();
		const button = form.querySelector('button:not([formnovalidate])');
		button.disabled = true;
		bar.closest('.progress').hidden = false;
		request.upload.addEventListener('progress', (e) => {
			if (!e.lengthComputable)
				return;
			const percent = Math.floor(e.loaded * 100 / e.total);
			bar.value = percent;
			if (words)
				words.textContent = percent + ' %';
		});
		request.addEventListener('load', () => {
			if (request.responseURL && request.status === 200 && new URL(request.responseURL).pathname !== location.pathname) {
				location.assign(request.responseURL);
				return;
			}
			const answer = new DOMParser().parseFromString(request.responseText, 'text/html').querySelector('main');
			if (answer) {
				document.querySelector('main').replaceWith(answer);
				answer.focus();
			} else {
				location.reload();
			}
		});
		request.addEventListener('error', () => {
			button.disabled = false;
			bar.closest('.progress').hidden = true;
			document.getElementById('upload-cut').hidden = false;
			document.getElementById('upload-cut').focus();
		});
		request.open('POST', form.action);
		request.send(new FormData(form));
	});
}

/* [aria-busy=true] with an id of the form "state-NUMBER": the page is loaded again when it is no longer busy. */
for (const waiting of document.querySelectorAll('[aria-busy=true][id^=state-]')) {
	let pause = 700;
	const look = async () => {
		try {
			const answer = await fetch('/tickets/' + waiting.id.slice(6) + '/state');
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
