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

  const focus = element => element?.focus({ preventScroll: true });
  const bare = text => text?.replace(/[.。]$/, '');

  // How far to scroll, so that what is from `start` to `end` is in the window; or its start, where there is no room.
  const into = (start, end, from, to) => Math.min(Math.max(0, end - to), start - from);

  // A drawing: its events, of which those with a sentence and something to see are steps.
  function track(picture) {
    const svg = picture.querySelector('svg');
    // The list says the same, and no earlier.
    svg.ariaHidden = true;
    const events = [...svg.querySelectorAll('[data-n]')].map(group => {
      const texts = [...group.querySelectorAll(':scope > text:not(.time, .pass)')];
      const bottom = Math.max(0, ...texts.map(text => text.getAttribute('y'))) + 6;
      return { ...group.dataset, group, texts, bottom, n: Number(group.dataset.n), sentence: group.querySelector('desc').textContent };
    });
    const names = [...svg.querySelectorAll('.head .strong')].map(text => text.textContent);
    const steps = events.filter(({ sentence, texts }) => sentence && texts.length);
    return { svg, events, names, steps, other: picture.dataset.other, ...JSON.parse(svg.querySelector('metadata').textContent) };
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
    const { words, questions, svg } = main;
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
    const bar = make('div', { class: 'bar' }, sentence, ask, make('div', { class: 'controls' }, ...Object.values(buttons), count));
    if (others.length) bar.append(make('div', { class: 'controls others' }, words.beside, ...beside));
    box.prepend(ends);
    box.append(list, bar, status);
    const guesses = [...svg.querySelectorAll('.guess')];
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
        const { side, kind, group, sentence } = steps[counts[index] - 1];
        return make('div', { class: `${side} ${kind}` }, make('small', {}, group.querySelector('.pass')?.textContent ?? ''), make('span', {}, sentence));
      }))));
      beside.forEach((made, index) => { made.ariaPressed = tracks[1] === others[index]; });
      lay();
      show();
    }

    // As a list, where the picture would be too small.
    const lay = () => box.classList.toggle('listed', innerWidth <= 700 || large === box || tracks.length > 1);
    const isNew = (place, index) => all[place][index] !== (all[place - 1]?.[index] ?? 0);
    const newest = () => tracks.flatMap(({ steps }, index) => (isNew(now, index) ? steps[all[now][index] - 1] : []));
    const sentences = () => newest().map(event => event.sentence).join(' ');
    const open = () => questions.find(({ at, guess }) => at === now && guess === null);

    function press(word) {
      if (word !== 'play') pause();
      acts[word]();
      follow();
    }

    // Neither a question nor its verdict is passed over. Returns whether the film stops.
    function go(wanted) {
      const from = now;
      const stops = questions.map(({ at, end, guess }) => (guess === null ? at : end > now ? end : last));
      now = Math.max(0, Math.min(wanted, last, ...stops));
      show();
      tell(`${sentences()} ${open()?.question ?? ''}`.trim());
      const isDecided = now > from && questions.some(({ end, guess }) => end === now && guess !== null);
      const isStopped = isDecided || open() || now === last;
      if (isStopped) pause();
      focus(ask.querySelector(isDecided ? '.verdict' : '.choice'));
      return isStopped;
    }

    function show() {
      ends.replaceChildren(...tracks.map(showTrack));
      sentence.textContent = sentences();
      count.textContent = `${now + 1} / ${all.length}`;
      box.classList.toggle('first', !now);
      // A button that were disabled would lose the focus, and the keys with it.
      buttons.start.ariaDisabled = buttons.back.ariaDisabled = now === 0;
      buttons.next.ariaDisabled = buttons.end.ariaDisabled = now === last || !!open();
      [...rows.children].forEach((row, place) => {
        row.hidden = place > now;
        row.className = place === now ? 'newest' : '';
      });
      questions.forEach(showGuess);
      showAsk();
      const n = main.steps[all[now][0] - 1]?.n;
      const wait = main.events.findLast(event => event.n <= n && event.step !== undefined);
      box.dispatchEvent(new CustomEvent('step', { bubbles: true, detail: now < last && wait?.step }));
    }

    // Returns the names, and the states of their ends.
    function showTrack({ svg, events, names, steps }, index) {
      const { n, bottom } = steps[all[now][index] - 1] ?? { n: 0, bottom: 0 };
      const until = n === steps.at(-1).n ? Infinity : n;
      const states = {};
      for (const { group, end, ...event } of events) {
        group.classList.toggle('later', event.n > until);
        group.classList.toggle('newest', event.n === n);
        if (end && event.n <= until) states[end] = bare(event.sentence).split(/[:：] */);
      }
      svg.querySelectorAll('.bars rect').forEach(bar => bar.classList.toggle('later', bar.dataset.from > until));
      svg.querySelector('.bars').style.setProperty('--bottom', until > n ? '100%' : `${bottom}px`);
      const heads = names.map(name => {
        const own = Object.values(states).flatMap(([who, state]) => (who === name ? state : []));
        return make('span', {}, `${name} ${own.join(', ')}`);
      });
      return make('div', {}, tracks.length > 1 ? make('code', {}, svg.querySelector('.program').textContent) : '', ...heads);
    }

    // The guess, where it would have come true: dashed, and then solid or struck through.
    function showGuess({ options, guess, at, end }, index) {
      const option = at <= now && options[guess];
      guesses[index].setAttribute('class', `guess ${option ? 'shown' : ''} ${option && now >= end ? (option.holds ? 'right' : 'wrong') : ''}`);
      const text = guesses[index].lastElementChild;
      text.textContent = option ? say('guess', bare(option.text)) : '';
      // So wide is its box.
      if (text.getComputedTextLength() > 300) text.setAttribute('textLength', 300);
    }

    function showAsk() {
      const waiting = open();
      const guessed = questions.findLast(({ at, guess }) => at <= now && guess !== null);
      const parts = guessed ? [verdict(guessed)] : [];
      if (waiting) {
        parts.push(make('p', {}, make('strong', {}, words.first), ` ${waiting.question}`), ...choices(waiting),
          button('skip', () => choose(waiting, -1)), button('votes', () => ask.classList.toggle('voting')));
      } else if (guessed) parts.push(...choices(guessed));
      const hadFocus = ask.matches(':focus-within');
      ask.replaceChildren(...parts);
      ask.hidden = !ask.textContent;
      if (hadFocus) focus(buttons.next);
    }

    function verdict(question) {
      const { options, guess, end, why, link } = question;
      const guessed = options[guess];
      if (now < end) return make('p', {}, guessed ? say('noted', bare(guessed.text)) : '');
      const holds = options.find(option => option.holds);
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
      if (!isOpen && !votes.some(Boolean)) return [];
      const meters = options.map(() => make('meter', { 'aria-hidden': true }));
      const draw = () => meters.forEach((meter, index) => Object.assign(meter, { max: Math.max(1, ...votes), value: votes[index] }));
      draw();
      return options.map(({ text }, index) => {
        const input = make('input', { type: 'number', min: 0, value: votes[index], 'aria-label': `${words.votes}: ${text}` });
        input.readOnly = !isOpen;
        input.oninput = () => {
          votes[index] = Number(input.value);
          draw();
        };
        return make('div', { class: 'option' }, isOpen ? button('choice', () => choose(question, index), `${index + 1}  ${text}`) : text, input, meters[index]);
      });
    }

    function choose(question, guess) {
      question.guess = guess;
      show();
      follow();
      tell(ask.textContent);
      if (guess < 0) run();
    }

    // Keeps the newest event in sight, and a guess that is not decided, where there is room for both.
    function follow() {
      const frame = svg.parentNode;
      const { group = svg, texts = [svg] } = newest()[0] ?? {};
      const seen = box.matches('.listed') ? [rows.children[now]] : [group, ...svg.querySelectorAll('.guess.shown:not(.right, .wrong)')];
      const [label, view, head, foot, first, final] = [texts[0], frame, ends, bar, seen[0], seen.at(-1)].map(part => part.getBoundingClientRect());
      frame.scrollBy(into(label.left, final.right, view.left + 8, view.right - 8), 0);
      (large === box ? list : window).scrollBy(0, into(first.top, final.bottom, head.bottom + 4, foot.top - 4));
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
      const isStopped = go(now === last ? 0 : now + 1);
      follow();
      if (isStopped) return;
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
      if (!box.contains(document.activeElement)) focus(buttons.next);
    }

    addEventListener('resize', lay);
    put([main]);
    // Does what a key is for, and returns whether it is for a film.
    return { box, act: key => {
      const word = key === 'Escape' && large === box ? 'large' : KEYS[key];
      const choice = ask.querySelectorAll('.choice')[key - 1];
      if (choice) choice.click();
      else if (word) press(word);
      return choice ?? word;
    } };
  }

  const known = [...document.querySelectorAll('div.film')].map(film);

  // Before mdBook, whose arrows turn the pages.
  addEventListener('keydown', event => {
    const { target, key } = event;
    const isOther = target.matches(key === ' ' ? 'button, a, input' : 'input') && key !== 'Escape';
    if (event.ctrlKey || event.altKey || event.metaKey || isOther) return;
    // The large film, or the one with the focus, or the only one.
    const focused = large ?? document.activeElement.closest('.film');
    if (!known.find(({ box }) => isAlone || box === focused)?.act(key)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();
