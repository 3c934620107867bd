'use strict';

// Shows a picture step by step, or two beside each other, and asks its questions. What is to be seen depends on
// the step and on the guesses alone. The texts of a picture are foreign: they are put in as text, never as HTML.
(function films() {
  const KEYS = { ArrowRight: 'next', PageDown: 'next', ArrowLeft: 'back', PageUp: 'back', Home: 'start', End: 'end', ' ': 'play', p: 'large', P: 'large' };
  const isAlone = document.body.matches('.alone');
  // The film that fills the window.
  let large = null;

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.append(...children);
    return element;
  }

  // A drawing: its events, of which those with a sentence and something to see are steps.
  const bare = text => text?.replace(/[.。]$/, '');

  function track(picture) {
    const svg = picture.querySelector('svg');
    const events = [...svg.querySelectorAll('[data-n]')].map(group => {
      const texts = [...group.querySelectorAll(':scope > text:not(.time)')];
      const bottom = Math.max(0, ...texts.map(text => text.getAttribute('y'))) + 6;
      return { ...group.dataset, group, texts, bottom, n: Number(group.dataset.n), sentence: group.querySelector('desc').textContent };
    });
    const steps = events.filter(({ sentence, texts }) => sentence && texts.length);
    const program = svg.querySelector('.program').textContent;
    return { svg, events, steps, program, other: picture.dataset.other, ...JSON.parse(svg.querySelector('metadata').textContent) };
  }

  // Where the playhead can stand: how many steps of each track are shown. Before the next act they wait for each other.
  function positions(tracks) {
    const acts = tracks.map(({ steps }) => [...steps.flatMap(({ kind }, index) => (kind === 'act' && index ? index : [])), steps.length]);
    const found = [];
    let shown = tracks.map(() => 0);
    for (let act = 0; acts.some(ends => act < ends.length); act += 1) {
      const ends = acts.map((all, index) => all[act] ?? shown[index]);
      while (shown.some((count, index) => count < ends[index])) {
        shown = shown.map((count, index) => Math.min(count + 1, ends[index]));
        found.push(shown);
      }
    }
    return found;
  }

  function film(box) {
    const [main, ...others] = [...box.querySelectorAll('.picture')].map(track);
    const { words, questions } = main;
    const say = (word, ...values) => words[word].replace(/\{(\d)\}/g, (_, number) => values[number]);
    let [tracks, all, last, now, timer, telling, told] = [[], [], 0, 0, 0, 0, -1000];

    const button = (word, act, text = words[word]) => {
      const made = make('button', { class: word }, text);
      made.onclick = act;
      return made;
    };
    const acts = { start: () => go(0), back: () => go(now - 1), next: () => go(now + 1), end: () => go(last), play: () => (timer ? pause() : run()), large: enlarge };
    const buttons = {};
    for (const word in acts) buttons[word] = button(word, () => press(word));
    const beside = others.map(other => button('beside', () => {
      put(tracks[1] === other ? [main] : [main, other]);
      follow();
    }, other.other));
    const ends = make('div', { class: 'ends' });
    const rows = make('ol');
    const list = make('div', { class: 'list', tabindex: 0 }, rows);
    const sentence = make('p', { class: 'sentence', 'aria-hidden': true });
    const ask = make('div', { class: 'ask' });
    const count = make('span');
    const status = make('p', { class: 'unseen', role: 'status' });
    const bar = make('div', { class: 'bar' }, ends, sentence, ask, make('div', { class: 'controls' }, ...Object.values(buttons), count));
    if (others.length) bar.append(make('div', { class: 'controls others' }, words.beside, ...beside));
    box.append(list, bar, status);
    box.role = 'group';
    box.ariaLabel = words.film;
    box.classList.add('on');

    // Takes one track, or two. A row of the list is a position of the playhead.
    function put(chosen) {
      const shown = all[now]?.[0];
      [tracks, all] = [chosen, positions(chosen)];
      if (questions.some(({ from }) => from < main.steps[0].n)) all.unshift(tracks.map(() => 0));
      last = all.length - 1;
      const before = n => Math.max(0, all.findLastIndex(([count]) => main.steps[count - 1]?.n < n));
      // A question stops the film at `at`, and is decided at `end`. A guess is an option's number; -1 is none.
      for (const question of questions) {
        const { from, until, guess = null, votes = question.options.map(() => 0) } = question;
        Object.assign(question, { at: before(from), end: before(until), guess, votes });
      }
      now = shown ? all.findIndex(([count]) => count === shown) : questions.length ? 0 : last;
      rows.replaceChildren(...all.map((counts, place) => make('li', {}, ...tracks.map(({ steps }, index) => {
        if (!isNew(place, index)) return make('div');
        const { side, kind, texts, sentence } = steps[counts[index] - 1];
        const label = texts.map(text => make(text.matches('.pass') ? 'small' : 'b', {}, text.textContent, ' '));
        return make('div', { class: `${side} ${kind}` }, make('span', { 'aria-hidden': true }, ...label), make('span', { class: 'unseen' }, sentence));
      }))));
      beside.forEach((made, index) => { made.ariaPressed = tracks[1] === others[index]; });
      lay();
      show();
    }

    // As a list, where the picture would be too small.
    const lay = () => box.classList.toggle('listed', innerWidth <= 700 || large === box || tracks.length > 1);
    const isNew = (place, index) => all[place][index] !== (all[place - 1]?.[index] ?? 0);
    const newest = () => tracks.map(({ steps }, index) => steps[all[now][index] - 1]).filter((event, index) => isNew(now, index));
    const sentences = () => newest().map(event => event.sentence).join(' ');
    const open = () => questions.find(({ at, guess }) => at === now && guess === null);

    function press(word) {
      if (word !== 'play') pause();
      acts[word]();
      follow();
    }

    // Neither a question nor its verdict is passed over.
    function go(wanted) {
      const from = now;
      const stops = questions.flatMap(({ at, end, guess }) => (guess === null ? at : at <= now ? end : []));
      if (wanted < now || !open()) now = Math.max(0, Math.min(wanted, last, ...stops.filter(stop => stop > now)));
      show();
      if (now !== from || open()) tell(`${sentences()} ${open()?.question ?? ''}`.trim());
      const isDecided = now > from && questions.some(({ end, guess }) => end === now && guess !== null);
      if (!open() && !isDecided) return;
      pause();
      ask.querySelector(isDecided ? '.verdict' : 'button')?.focus({ preventScroll: true });
    }

    function show() {
      ends.replaceChildren(...tracks.map(showTrack));
      sentence.textContent = sentences();
      count.textContent = `${now + 1} / ${all.length}`;
      // A button that were disabled would lose the focus, and the keys with it.
      buttons.start.ariaDisabled = buttons.back.ariaDisabled = now === 0;
      buttons.next.ariaDisabled = buttons.end.ariaDisabled = now === last;
      [...rows.children].forEach((row, place) => {
        row.hidden = place > now;
        row.className = place === now ? 'newest' : '';
      });
      main.svg.querySelectorAll('.guess').forEach((group, index) => showGuess(group, questions[index]));
      showAsk();
      const n = main.steps[all[now][0] - 1]?.n;
      const wait = main.events.findLast(event => event.n <= n && event.step !== undefined);
      box.dispatchEvent(new CustomEvent('step', { bubbles: true, detail: now < last && wait?.step }));
    }

    // Returns the states of the ends.
    function showTrack({ svg, events, program, steps }, index) {
      const { n, bottom } = steps[all[now][index] - 1] ?? { n: 0, bottom: 0 };
      const until = n === steps.at(-1).n ? Infinity : n;
      const states = {};
      for (const { group, end, ...event } of events) {
        group.classList.toggle('later', event.n > until);
        group.classList.toggle('newest', event.n === n);
        if (end && event.n <= until) states[end] = event;
      }
      for (const bar of svg.querySelectorAll('.bars rect')) {
        bar.classList.toggle('later', bar.dataset.from > until);
        const height = until > n ? Infinity : Math.max(2, bottom - bar.getAttribute('y'));
        bar.style.setProperty('--height', `${Math.min(height, bar.getAttribute('height'))}px`);
      }
      const chips = Object.values(states).map(({ state, sentence }) => make('span', { class: state }, bare(sentence)));
      svg.querySelector('.notes').classList.toggle('later', now < last);
      return make('div', {}, tracks.length > 1 ? make('code', {}, program) : '', ...chips);
    }

    // The guess, where it would have come true: dashed, and then solid or struck through.
    function showGuess(group, { options, guess, at, end }) {
      const option = at <= now ? options[guess] : undefined;
      group.setAttribute('class', `guess ${option ? 'shown' : ''} ${option && now >= end ? (option.holds ? 'right' : 'wrong') : ''}`);
      const [rect, text] = group.children;
      text.textContent = option ? say('guess', bare(option.text)) : '';
      text.removeAttribute('textLength');
      const room = rect.getAttribute('width') - 16;
      if (text.getComputedTextLength() > room) text.setAttribute('textLength', room);
    }

    function showAsk() {
      const waiting = open();
      const guessed = questions.findLast(({ at, guess }) => at <= now && guess !== null);
      const parts = [];
      if (guessed) parts.push(now < guessed.end ? make('p', {}, words.noted) : verdict(guessed), ...(waiting ? [] : choices(guessed)));
      if (waiting) {
        parts.push(make('p', {}, make('strong', {}, words.first), ` ${waiting.question}`), ...choices(waiting),
          button('skip', () => choose(waiting, -1)), button('votes', () => ask.classList.toggle('voting')));
      }
      const hadFocus = ask.matches(':focus-within');
      ask.hidden = !parts.length;
      ask.replaceChildren(...parts);
      if (hadFocus) buttons.next.focus({ preventScroll: true });
    }

    function verdict(question) {
      const { options, guess, why, link } = question;
      const holds = options.find(option => option.holds);
      const guessed = options[guess];
      const word = !holds ? 'none' : !guessed ? 'was' : guessed === holds ? 'right' : 'wrong';
      const said = make('p', { class: 'verdict', tabindex: -1 }, make('strong', {}, say(word, bare(holds?.text), bare(guessed?.text))), ` ${why} `);
      const held = tracks[1]?.questions[questions.indexOf(question)]?.options.find(option => option.holds);
      if (held) said.append(`${say('other', bare(held.text))} `);
      if (!isAlone && /^[\w-]+\.md(#[\w-]+)?$/.test(link)) said.append(make('a', { href: link.replace('.md', '.html') }, words.more));
      return said;
    }

    // The options; and how many of a class have chosen each, which stays.
    function choices(question) {
      const { options, votes, guess } = question;
      const isOpen = guess === null;
      const meters = options.map(() => make('meter', { 'aria-hidden': true }));
      const draw = () => meters.forEach((meter, index) => Object.assign(meter, { max: Math.max(1, ...votes), value: votes[index] }));
      draw();
      return isOpen || votes.some(Boolean) ? options.map(({ text }, index) => {
        const input = make('input', { type: 'number', min: 0, max: 999, value: votes[index], 'aria-label': `${words.votes}: ${text}` });
        input.readOnly = !isOpen;
        input.oninput = () => {
          votes[index] = Number(input.value);
          draw();
        };
        const option = isOpen ? button('choice', () => choose(question, index), `${index + 1}  ${text}`) : text;
        return make('div', { class: 'option' }, option, input, meters[index]);
      }) : [];
    }

    function choose(question, guess) {
      question.guess = guess;
      show();
      ask.querySelector('.verdict')?.focus();
      tell(words.noted);
      if (guess < 0) run();
    }

    // Keeps the newest event in sight.
    function follow() {
      const { top, bottom } = (box.matches('.listed') ? rows.children[now] : newest()[0]?.group ?? box).getBoundingClientRect();
      // The menu may be over the top of the page.
      const [from, to] = [60, bar.getBoundingClientRect().top - 12];
      (large === box ? list : window).scrollBy(0, bottom > to ? bottom - to : Math.min(0, top - from));
    }

    // One sentence a second is announced, and always the last.
    function tell(text) {
      clearTimeout(telling);
      telling = setTimeout(() => {
        told = performance.now();
        status.textContent = text;
      }, told + 1000 - performance.now());
    }

    // At a reading pace.
    function run() {
      go(now === last ? 0 : now + 1);
      follow();
      if (open() || now === last || document.activeElement.matches('.verdict')) return;
      timer = setTimeout(run, 700 + sentence.textContent.length * words.pace);
      buttons.play.textContent = words.pause;
    }

    function pause() {
      clearTimeout(timer);
      timer = 0;
      buttons.play.textContent = words.play;
    }

    function enlarge() {
      const isLarge = large !== box;
      large = isLarge ? box : null;
      box.classList.toggle('large', isLarge);
      box.popover = isLarge ? 'manual' : null;
      if (isLarge) box.showPopover?.();
      buttons.large.textContent = isLarge ? words.small : words.large;
      lay();
      if (!box.contains(document.activeElement)) buttons.next.focus({ preventScroll: true });
    }

    addEventListener('resize', lay);
    put([main]);
    // What a key does; nothing where it is not for a film.
    return { box, act: key => {
      const word = key === 'Escape' && large === box ? 'large' : KEYS[key];
      const choice = ask.querySelectorAll('.choice')[key - 1];
      return choice ? () => choice.click() : word && (() => press(word));
    } };
  }

  const known = [...document.querySelectorAll('div.film')].map(film);

  // Which film a key is for: the large one, the one with the focus, and for P the first in sight.
  function meant(key) {
    const focused = large ?? document.activeElement.closest('.film');
    const isInSight = ({ bottom, top }) => bottom > 100 && top < innerHeight;
    return isAlone ? known[0] : known.find(({ box }) => (focused ? box === focused : 'pP'.includes(key) && isInSight(box.getBoundingClientRect())));
  }

  // Before mdBook, whose arrows turn the pages.
  addEventListener('keydown', event => {
    const { target, key } = event;
    const isOther = target.matches(key === ' ' ? 'button, a, input' : 'input') && key !== 'Escape';
    if (event.ctrlKey || event.altKey || event.metaKey || isOther) return;
    const act = meant(key)?.act(key);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);
})();
