/* 宛先を探す欄 — the select of people (pages' #addressee) becomes a box that searches as one types (combobox of ARIA 1.2); the select goes on to carry the
 * choice. The form itself works without any of this. Words come from #addressee-words, so that they are translated with the page. */
const select = document.getElementById('addressee');
const words = document.getElementById('addressee-words');
const word = (name) => words.querySelector('.word-' + name).textContent;
const label = document.querySelector('label[for=addressee]');
const nobody = select.options[0].textContent; /* what is chosen where nobody is */
const optional = !select.required;
const element = (tag, properties = {}, ...children) => {
	const e = Object.assign(document.createElement(tag), properties);
	e.append(...children);
	return e;
};
const box = element('input', { type: 'text', id: 'addressee-box', autocomplete: 'off', required: !optional, maxLength: 60, placeholder: optional ? nobody : '' });
const options = element('ul', { id: 'addressee-list', hidden: true });
const told = element('span', { className: 'small' });
const attributes = (e, pairs) => Object.entries(pairs).forEach(([name, v]) => e.setAttribute(name, v));
attributes(box, { role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'addressee-list', 'aria-autocomplete': 'list', 'aria-describedby': 'addressee-hint' });
attributes(options, { role: 'listbox', 'aria-label': label.firstChild.textContent });
told.setAttribute('role', 'status');
const combo = element('span', { className: 'combo' }, box, options);
for (const plain of document.querySelectorAll('.search-addressee'))
	plain.remove(); /* its button would be the form's first, which Enter presses */
document.getElementById('addressee-hint').hidden = false;
label.htmlFor = box.id;
select.hidden = true;
select.required = false;
select.before(combo, told);
let people = [], active = -1, asked = 0, timer;
if (select.value)
	box.value = select.selectedOptions[0].textContent;
judge();

/* Somebody chosen, or nobody where that means something. */
function judge() {
	box.setCustomValidity(select.value || (optional && !box.value.trim()) ? '' : word('no-addressee'));
}

function close() {
	options.hidden = true;
	active = -1;
	box.setAttribute('aria-expanded', 'false');
	box.removeAttribute('aria-activedescendant');
}

function point(at) {
	active = people.length ? (at + people.length) % people.length : -1;
	[...options.children].forEach((o, i) => o.setAttribute('aria-selected', i === active));
	if (active >= 0) {
		box.setAttribute('aria-activedescendant', options.children[active].id);
		options.children[active].scrollIntoView({ block: 'nearest' });
	}
}

function choose(person) {
	const text = `${person.unit} ${person.name}（${person.kana}）`;
	select.replaceChildren(new Option(text, person.number, true, true));
	box.value = text;
	judge();
	told.textContent = '';
	close();
}

/* Whoever is pointed at stays so where the new list holds them too: the list may change under the keys. */
function show(found) {
	const pointed = people[active]?.number;
	people = found.people;
	options.replaceChildren(...people.map((p, i) => {
		const o = element('li', { id: 'addressee-' + i }, p.name, element('span', { className: 'small', textContent: `${p.kana} ${p.unit} ${p.number}` }));
		attributes(o, { role: 'option', 'aria-selected': 'false' });
		o.addEventListener('mousedown', (e) => { e.preventDefault(); choose(p); });
		return o;
	}));
	active = -1;
	box.removeAttribute('aria-activedescendant');
	options.hidden = people.length === 0;
	box.setAttribute('aria-expanded', String(people.length > 0));
	const again = pointed ? people.findIndex((p) => p.number === pointed) : -1;
	if (again >= 0)
		point(again);
	told.textContent = people.length ? `${people.length}${word('people')}${found.more ? word('more') : ''}` : word('nobody');
}

async function search() {
	const number = ++asked;
	try {
		const answer = await fetch('/addressees?query=' + encodeURIComponent(box.value), { redirect: 'manual' });
		if (answer.ok && number === asked && document.activeElement === box)
			show(await answer.json());
	} catch {
		/* the next key asks again */
	}
}

box.addEventListener('input', (e) => {
	select.replaceChildren(new Option('', ''));
	judge();
	asked++; /* an answer still on its way is about other letters */
	if (e.isComposing)
		return; /* kana on their way to kanji */
	clearTimeout(timer);
	timer = setTimeout(search, 200);
});
box.addEventListener('compositionend', () => { clearTimeout(timer); timer = setTimeout(search, 200); });
box.addEventListener('focus', () => { if (!select.value && !(optional && !box.value)) search(); });
box.addEventListener('blur', close);
box.addEventListener('keydown', (e) => {
	if (e.isComposing)
		return;
	if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
		e.preventDefault();
		if (options.hidden)
			search();
		else
			point(active + (e.key === 'ArrowDown' ? 1 : active < 0 ? 0 : -1));
	} else if (e.key === 'Enter' && !options.hidden && (active >= 0 || people.length === 1)) {
		e.preventDefault();
		choose(people[Math.max(active, 0)]);
	} else if (e.key === 'Escape' && !options.hidden) {
		e.preventDefault();
		close();
	}
});
