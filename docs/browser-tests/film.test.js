import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { FILES, LANGUAGES, pagesOf, start, violations } from './book.js';

const DESKTOP = { viewport: { width: 1280, height: 620 } };
const PHONE = { viewport: { width: 390, height: 800 }, hasTouch: true };
const PROJECTOR = { viewport: { width: 1024, height: 768 } };
const ROOT = fileURLToPath(FILES);
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

describe('the films', { concurrency: 2 }, () => {
  let book;
  before(async () => { book = await start(); });
  after(() => book?.stop());

  const options = { timeout: 180_000 };
  const chapters = language => pagesOf(language).filter(name => name.startsWith('lesson-'));

  // The film of 你 in two packets, with its first question open, reached by keys alone.
  async function atTheQuestion(page, open, language) {
    await open(`${language}/lesson-02.html`);
    const film = page.locator('.film[data-name="lesson-02-split-character"]');
    await film.locator('button.next').focus();
    await page.keyboard.press('End');
    await film.locator('.choice').first().waitFor();
    return film;
  }

  for (const language of LANGUAGES) {
    test(`${language}: forward and back, each step of each film gives the same picture, and its own sentence`, options, () =>
      book.withPage(DESKTOP, async (page, open) => {
        let films = 0;
        for (const name of chapters(language)) {
          await open(`${language}/${name}`);
          for (const film of await page.locator('.film.on').all()) {
            const { there, back, first, last, isWhole } = await film.evaluate(walk);
            const title = `${name}: ${await film.getAttribute('data-name')}`;
            assert.ok(there.length > 5, title);
            assert.deepEqual(back, there, title);
            assert.equal(new Set(there).size, there.length, `${title}: each step shows something else`);
            assert.equal(first, 0, `${title}: it does not begin with a wait`);
            assert.ok(isWhole, `${title}: at its end all is shown (${last})`);
            films += 1;
          }
        }
        assert.ok(films >= 13, `${films} films`);
      }));

    test(`${language}: each question has one true option, and the film does not pass it`, options, () =>
      book.withPage(DESKTOP, async (page, open) => {
        let asked = 0;
        for (const name of chapters(language)) {
          await open(`${language}/${name}`);
          for (const film of await page.locator('.film.on').all()) {
            const questions = await film.locator('metadata').first().evaluate(data => JSON.parse(data.textContent).questions);
            await film.locator('button.next').focus();
            for (const question of questions) {
              assert.equal(question.options.filter(option => option.holds).length, 1, question.question);
              await page.keyboard.press('End');
              assert.ok((await film.locator('.ask').innerText()).includes(question.question), question.question);
              assert.equal(await film.locator('.ask :focus').count(), 1, 'the question, or the verdict before it, has the focus');
              const shown = await film.locator('.picture').first().locator('g[data-n]:not(.later)').evaluateAll(all => Math.max(...all.map(group => group.dataset.n)));
              assert.ok(shown < question.from, 'what decides it is not shown');
              await page.keyboard.press(String(1 + question.options.findIndex(option => option.holds)));
              await page.keyboard.press('End');
              assert.ok((await film.locator('.ask').innerText()).includes(question.why), question.why);
              asked += 1;
            }
          }
        }
        assert.ok(asked >= 10, `${asked} questions`);
      }));

    test(`${language}: by keys alone: a wrong guess stays drawn, and the page says what was guessed and what it was`, options, () =>
      book.withPage(DESKTOP, async (page, open) => {
        const film = await atTheQuestion(page, open, language);
        const [{ options }] = await film.locator('metadata').first().evaluate(data => JSON.parse(data.textContent).questions);
        const [at, other] = [true, false].map(holds => options.findIndex(option => option.holds === holds));
        const texts = (await film.locator('.choice').allInnerTexts()).map(text => text.replace(/^\d\s+/, '').replace(/[.。]$/, ''));
        const [right, wrong] = [texts[at], texts[other]];
        const n = () => film.locator('g.newest').first().getAttribute('data-n');
        const stopped = await n();
        for (const key of ['ArrowRight', 'PageDown', 'End']) await page.keyboard.press(key);
        assert.equal(await n(), stopped, 'the question stops it');
        await page.keyboard.press(String(other + 1));
        assert.equal(await film.locator('.guess.shown:not(.wrong, .right)').count(), 1, 'drawn, and not decided');
        assert.ok((await film.locator('.guess.shown text').textContent()).includes(wrong));
        await page.keyboard.press('End');
        const verdict = film.locator('.verdict');
        const said = await verdict.innerText();
        assert.ok(said.includes(wrong) && said.includes(right), said);
        assert.ok(await verdict.evaluate(element => element === document.activeElement), 'it has the focus');
        assert.match(await verdict.locator('a').getAttribute('href'), /^lesson-\d\d\.html/);
        assert.equal(await film.locator('.guess.wrong').count(), 1);
        await page.keyboard.press('Home');
        assert.equal(await film.locator('.guess.shown').count(), 0, 'before the question there is no guess');
        assert.equal(new URL(page.url()).pathname.split('/').at(-1), 'lesson-02.html', 'no key has turned the page');
      }));

    test(`${language}: a reader may just look, and a class may vote`, options, () =>
      book.withPage(DESKTOP, async (page, open) => {
        const film = await atTheQuestion(page, open, language);
        await film.locator('button.votes').click();
        await film.locator('.ask input').nth(0).fill('7');
        await film.locator('.ask input').nth(1).fill('19');
        assert.deepEqual(await film.locator('meter').evaluateAll(all => all.slice(0, 2).map(meter => meter.value / meter.max)), [7 / 19, 1]);
        await film.locator('button.skip').click();
        await film.locator('.verdict').waitFor({ timeout: 60_000 }); // it goes on by itself, at a reading pace
        assert.equal(await film.locator('.guess.shown').count(), 0);
        await page.keyboard.press('ArrowLeft');
        assert.deepEqual(await film.locator('.ask input').evaluateAll(all => all.slice(0, 2).map(input => [input.value, input.readOnly])), [['7', true], ['19', true]]);
      }));

    for (const colorScheme of ['light', 'dark']) {
      test(`${language}: axe finds nothing against a question, a verdict, two servers and a projector, ${colorScheme}`, options, () =>
        book.withPage({ ...PROJECTOR, colorScheme }, async (page, open) => {
          const film = await atTheQuestion(page, open, language);
          const found = async state => assert.deepEqual(await violations(page), [], state);
          await found('question');
          await film.locator('button.votes').click();
          await found('votes');
          await page.keyboard.press('Escape');
          await film.locator('button.next').focus();
          await page.keyboard.press('2');
          await page.keyboard.press('End');
          await found('verdict');
          await film.locator('button.beside').first().click();
          await found('two servers');
          await page.keyboard.press('p');
          await found('projector');
        }));
    }

    test(`${language}: on a projector everything can be read from the last row`, options, () =>
      book.withPage(PROJECTOR, async (page, open) => {
        const film = await atTheQuestion(page, open, language);
        await page.keyboard.press('P');
        const check = async state => {
          const { small, rows } = await film.evaluate(readable);
          assert.deepEqual(small, [], state);
          assert.ok(rows >= 8, `${state}: ${rows} rows`);
          assert.deepEqual(await violations(page, { include: '.film.large', runOnly: ['color-contrast-enhanced'] }), [], state);
        };
        await check('question');
        await page.keyboard.press('1');
        await page.keyboard.press('PageDown');
        await check('a step');
        await page.keyboard.press('Escape');
        assert.equal(await page.locator('.film.large').count(), 0);
      }));

    for (const [where, device] of [['on a phone', PHONE], ['on a desktop', DESKTOP]]) {
      test(`${language}: ${where} the newest event stays in sight, and the states of both ends`, options, () =>
        book.withPage(device, async (page, open) => {
          const film = await atTheQuestion(page, open, language);
          for (const key of ['Home', ...Array(40).fill('ArrowRight')]) {
            await page.keyboard.press(key);
            assert.deepEqual(await film.evaluate(hidden), [], `${key}, ${await film.locator('.sentence').textContent()}`);
            if (await film.locator('.choice').count()) await page.keyboard.press('1');
          }
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
          assert.equal(await film.locator('.picture').first().evaluate(box => box.clientWidth > 1), where === 'on a desktop');
        }));
    }
  }

  test('one sentence a second is announced, and the last is that of the event that is shown', options, () =>
    book.withPage(DESKTOP, async (page, open) => {
      await open('en/lesson-03.html');
      const film = page.locator('.film.on').first();
      await film.locator('button.next').focus();
      await film.locator('[role=status]').evaluate(status => {
        window.said = [];
        new MutationObserver(() => window.said.push([performance.now(), status.textContent])).observe(status, { childList: true });
      });
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction(() => window.said.length === 1);
      for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowLeft');
      const shown = await film.locator('g.newest desc').textContent();
      await page.waitForFunction(shown => window.said.at(-1)?.[1] === shown, shown);
      const said = await page.evaluate(() => window.said);
      assert.ok(said.length >= 2, `${said.length} sentences`);
      said.slice(1).forEach(([at], index) => assert.ok(at - said[index][0] >= 990, `${at - said[index][0]} ms`));
    }));

  test('it plays by itself at a reading pace, and pauses', options, () =>
    book.withPage({ ...DESKTOP, reducedMotion: 'reduce' }, async (page, open) => {
      await open('en/lesson-03.html');
      const film = page.locator('.film.on').first();
      await film.locator('button.next').focus();
      await page.keyboard.press('Home');
      await film.locator('button.play').focus();
      const count = () => film.locator('.controls > span').textContent();
      await page.keyboard.press('Enter');
      const first = await count();
      assert.equal(await film.locator('button.play').textContent(), 'Pause');
      await page.waitForFunction(([box, first]) => box.querySelector('.controls > span').textContent !== first, [await film.elementHandle(), first]);
      await page.keyboard.press('ArrowLeft');
      assert.equal(await film.locator('button.play').textContent(), 'Play', 'a step by hand ends it');
    }));

  test('two servers have one playhead', options, () =>
    book.withPage(DESKTOP, async (page, open) => {
      const film = await atTheQuestion(page, open, 'en');
      await film.locator('button.beside', { hasText: 'tutorial' }).click();
      await film.locator('button.next').focus();
      for (const key of ['1', 'End', '1', 'End']) await page.keyboard.press(key);
      const rows = await film.locator('li:not([hidden])').evaluateAll(all => all.map(row => [...row.children].map(cell => cell.textContent)));
      assert.ok(rows.some(([mine, other]) => mine === other && mine.includes('send')), 'the same acts are beside each other');
      assert.ok(rows.some(([mine, other]) => other.includes('UnicodeDecodeError') && !mine.includes('Error')));
      assert.match(await film.locator('.ends').innerText(), /lesson-02[^]*tutorial_loop\.py/);
      assert.match(await film.locator('.verdict').innerText(), /The other server: “/);
    }));

  test('the code of the step at which the server stands is lit', options, () =>
    book.withPage(DESKTOP, async (page, open) => {
      await open('en/lesson-02.html');
      const film = page.locator('.film.on').first();
      await film.locator('button.next').focus();
      const lit = () => page.evaluate(() => [...CSS.highlights.get('step')].map(range => range.toString()));
      const waits = async () => (await film.locator('.sentence').textContent()).includes('blocked in recv');
      for (let step = 0; step < 40 && !await waits(); step += 1) await page.keyboard.press('ArrowRight');
      const [code] = await lit();
      assert.match(code, /^\/\/ 5 recv 接收[^]*connection\.read[^]*transcript\.end/);
      assert.equal(await film.locator('a.step').textContent(), '5 recv 接收');
      await page.keyboard.press('Home');
      assert.deepEqual(await lit(), []);
    }));

  test('it works from files, without network', options, () =>
    book.withPage({ ...DESKTOP, offline: true }, async page => {
      await page.goto(`${FILES}zh-CN/lesson-02.html`);
      const film = page.locator('.film.on').last();
      await film.locator('button.next').focus();
      await page.keyboard.press('End');
      await page.keyboard.press('1');
      await page.keyboard.press('End');
      assert.match(await film.locator('.verdict').innerText(), /猜对了|结果是/);
    }));

  for (const language of LANGUAGES) {
    test(`${language}: the page of a recording is one file, which plays, asks nothing of the network, and axe finds nothing`, options, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'film-'));
      try {
        const file = join(folder, 'film.html');
        const recording = join(REPOSITORY, 'docs/pictures/en/lesson-05-silent.json');
        execFileSync('target/debug/recorder', ['--lang', language, 'draw', recording, '--html', file], { cwd: REPOSITORY });
        await book.withPage(DESKTOP, async page => {
          const asked = [];
          page.on('request', request => asked.push(request.url()));
          await page.goto(`file://${file}`);
          const film = page.locator('.film.on');
          await page.keyboard.press('End'); // It is the only film: no click is needed.
          assert.deepEqual(await violations(page), [], 'question');
          await page.keyboard.press('1');
          const guess = film.locator('.guess.shown');
          await film.locator('button.play').click();
          await film.locator('.verdict').waitFor();
          assert.equal(await guess.count(), 1);
          assert.equal(await film.locator('.verdict a').count(), 0, 'it has no chapters to lead to');
          assert.deepEqual(await violations(page), [], 'verdict');
          assert.deepEqual(asked, [`file://${file}`]);
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  test('after a guess, it and the newest event stand between the names and the panel', options, () =>
    book.withPage(DESKTOP, async (page, open) => {
      await open('en/lesson-05.html');
      const film = page.locator('.film[data-name="lesson-05-silent"]');
      await film.locator('button.next').focus();
      await page.keyboard.press('End');
      await page.keyboard.press('1');
      const places = await film.evaluate(box => Object.fromEntries(['.ends', 'g.newest text:last-of-type', '.guess.shown', '.bar'].map(part => {
        const { top, bottom } = box.querySelector(part).getBoundingClientRect();
        return [part, [top, bottom]];
      })));
      const [[, head], [top], [, bottom], [panel]] = Object.values(places);
      assert.ok(head <= top && bottom <= panel, JSON.stringify(places));
      assert.match(await film.locator('.ask').innerText(), /It waits for alice/);
      assert.equal(await film.locator('.ends > div > span').allInnerTexts().then(all => all.map(text => text.trim()).join('; ')),
        'alice ESTABLISHED; bob; carol; server LISTEN, alice ESTABLISHED');
    }));

  test('in the list each row of several clients names its client', options, () =>
    book.withPage(PHONE, async (page, open) => {
      await open('en/lesson-05.html');
      const film = page.locator('.film[data-name="lesson-05-silent"]');
      await film.locator('button.next').focus();
      await page.keyboard.press('End');
      const rows = await film.locator('li:not([hidden]) > div').evaluateAll(all => all.map(row => [row.className, row.textContent]));
      const nameless = rows.filter(([side, text]) => side.includes('client') && !text.includes('alice'));
      assert.deepEqual(nameless, []);
      assert.ok(rows.some(([, text]) => text.includes('from server to alice')), 'and both ends of a packet');
      assert.match(await film.locator('.controls > span').innerText(), /^\d+ \/ 88$/);
    }));

  test('no letter of a picture is smaller than 12 pixels', options, () =>
    book.withPage(DESKTOP, async (page, open) => {
      for (const name of chapters('en')) {
        await open(`en/${name}`);
        const sizes = await page.locator('.ends + .picture > svg').evaluateAll(all => all.map(svg => 13 * svg.clientWidth / svg.viewBox.baseVal.width));
        assert.ok(sizes.length > 0 && sizes.every(size => size >= 12), `${name}: ${sizes}`);
      }
    }));

  test('where the window has room, a picture of several clients is whole', options, () =>
    book.withPage({ viewport: { width: 1920, height: 1000 } }, async (page, open) => {
      await open('en/lesson-07.html');
      const seen = await page.locator('.ends + .picture').evaluateAll(all => all.map(box => box.scrollWidth <= box.clientWidth));
      assert.ok(seen.length > 0 && seen.every(Boolean), `${seen}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      // Where it has not, what is newest is scrolled into sight.
      await page.setViewportSize({ width: 1280, height: 900 });
      await open('en/lesson-06.html');
      const film = page.locator('.film[data-name="lesson-06"]');
      await film.locator('.end').click();
      await film.locator('.skip').click();
      for (let presses = 0; presses < 2; presses += 1) await film.press('End');
      const [text, frame] = await film.evaluate(box => ['.newest text:not(.time, .pass)', '.picture'].map(part => box.querySelector(part).getBoundingClientRect().toJSON()));
      assert.ok(text.left >= frame.left && text.right <= frame.right, JSON.stringify({ text, frame }));
    }));

  test('without JavaScript, and on paper, it is the whole picture', options, async () => {
    const whole = async (page, name) => {
      const film = page.locator('.film').last();
      const shown = await film.locator('.picture').first().evaluate(box => ({
        later: [...box.querySelectorAll('[data-n], .notes, .bars rect')].filter(part => getComputedStyle(part).visibility !== 'visible').length,
        cut: getComputedStyle(box.querySelector('.bars')).clipPath,
        guesses: [...box.querySelectorAll('.guess')].filter(guess => getComputedStyle(guess).display !== 'none').length,
      }));
      assert.deepEqual(shown, { later: 0, cut: 'none', guesses: 0 }, name);
      assert.equal(await film.locator('.picture:visible').count(), 1, name);
      assert.equal(await film.locator('button:visible').count(), 0, name);
    };
    await book.withPage({ ...DESKTOP, javaScriptEnabled: false }, async (page, open) => {
      await open('en/lesson-02.html');
      await whole(page, 'without JavaScript');
    });
    await book.withPage(DESKTOP, async (page, open) => {
      const film = await atTheQuestion(page, open, 'en');
      await page.keyboard.press('2');
      assert.ok(await film.locator('g.later').count() > 0);
      await page.emulateMedia({ media: 'print' });
      await whole(page, 'print');
    });
  });

  test('it weighs little', () => {
    for (const language of LANGUAGES) {
      for (const name of chapters(language)) {
        const films = readFileSync(`${ROOT}${language}/${name}`, 'utf8').match(/<div class="film".*?<\/svg><\/div><\/div>|<div class="film"[^]*?<p class="picture-file">/g) ?? [];
        assert.ok(gzipSync(films.join('')).length <= 60 * 1024, `${name}: ${gzipSync(films.join('')).length} bytes`);
      }
      const script = readdirSync(`${ROOT}theme`).find(name => /^film.*\.js$/.test(name));
      const size = readFileSync(`${ROOT}theme/${script}`).length;
      assert.ok(size <= 12 * 1024, `${script}: ${size} bytes`);
    }
  });
});

// These run in the page. The state of a film, at each step to its end and back; each question is skipped.
function walk(film) {
  const press = key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const find = selector => film.querySelector(selector);
  const state = () => JSON.stringify([
    [...film.querySelectorAll('.ends + .picture g[data-n]')].filter(group => !group.classList.contains('later')).map(group => group.dataset.n),
    [...film.querySelectorAll('.bars rect')].map(bar => bar.classList.contains('later')), getComputedStyle(find('.bars')).clipPath,
    find('.ends').textContent, find('.sentence').textContent, film.querySelectorAll('li:not([hidden])').length,
  ]);
  const there = [];
  const back = [];
  find('button.next').focus();
  for (let asked = 0; asked < 9; asked += 1) { // first all questions are put away
    press('End');
    find('.ask:not([hidden]) .skip')?.click();
    find('button.next').focus();
  }
  press('Home');
  const length = film.querySelectorAll('li').length;
  const first = film.querySelectorAll('g.newest .pass').length;
  const walkTo = (key, found) => {
    for (let step = 0; step < length; step += 1) {
      const isTold = find('.sentence').textContent === (find('g.newest desc')?.textContent ?? '');
      if (!isTold) throw new Error(`the sentence is not the event's: ${find('.sentence').textContent}`);
      const shown = [...film.querySelectorAll('.ends + .picture g[data-n]:not(.later)')];
      const svg = find('svg');
      const bottom = Math.max(...shown.map(group => group.getBoundingClientRect().bottom)) - svg.getBoundingClientRect().top;
      const cut = parseFloat(find('.bars').style.getPropertyValue('--bottom')) * svg.clientWidth / svg.viewBox.baseVal.width;
      const early = [...film.querySelectorAll('.ends + .picture .bars rect:not(.later)')]
        .filter(bar => Number(bar.dataset.from) > Math.max(...shown.map(group => group.dataset.n)));
      if (find('g.later') && early.length > 0) throw new Error(`a bar tells what comes: ${early[0].outerHTML}`);
      if (find('g.later') && shown.length > 0 && !(cut <= bottom + 8)) throw new Error(`the bars tell what comes: ${cut}, ${bottom}`);
      if (found.at(-1) !== state()) found.push(state());
      find('button.next').focus();
      press(key);
    }
  };
  walkTo('ArrowRight', there);
  const isWhole = film.querySelectorAll('.ends + .picture .later').length === 0;
  walkTo('ArrowLeft', back);
  return { there, back: back.reverse(), first, last: find('.controls > span').textContent, isWhole };
}

// The texts that are too small for the last row, and how many rows of the list are in sight.
function readable(film) {
  const states = '.ends, .ask';
  const small = [...film.querySelectorAll('*')]
    .filter(element => !element.closest('.unseen, .picture, svg') && element.checkVisibility())
    .filter(element => [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()))
    .filter(element => parseFloat(getComputedStyle(element).fontSize) < innerHeight / (element.closest(states) ? 24 : 30))
    .map(element => `${element.outerHTML.slice(0, 80)}: ${getComputedStyle(element).fontSize}`);
  const { top, bottom } = film.querySelector('.list').getBoundingClientRect();
  const lines = [...film.querySelectorAll('li:not([hidden])')].map(row => row.getBoundingClientRect());
  const height = Math.min(...lines.map(({ height }) => height));
  return { small, rows: Math.floor((Math.min(bottom, innerHeight) - top) / height) };
}

// Which of the parts that must be in sight are not.
function hidden(film) {
  const isListed = film.matches('.listed');
  const newest = film.querySelector(isListed ? 'li.newest' : 'g.newest');
  const bar = film.querySelector('.bar').getBoundingClientRect();
  const inSight = (element, bottom) => {
    const box = element.getBoundingClientRect();
    return box.top >= 0 && box.bottom <= bottom + 1;
  };
  return [
    inSight(newest, bar.top) ? [] : 'the newest event',
    inSight(film.querySelector('.ends'), innerHeight) ? [] : 'the states',
    inSight(film.querySelector('button.next'), innerHeight) ? [] : 'the buttons',
  ].flat();
}
