import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { LANGUAGES, filePages, other, pagesOf, start, violations } from './book.js';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true };

// Two at a time: most of a test is waiting for the browser.
describe('the book', { concurrency: 2 }, () => {
  let book;
  before(async () => { book = await start(); });
  after(() => book?.stop());

  const options = { timeout: 120_000 };

  test('the first page leads to the book in the language of the browser', options, async () => {
    for (const [locale, folder] of [['zh-CN', 'zh-CN'], ['zh-TW', 'zh-CN'], ['en-GB', 'en']]) {
      await book.withPage({ locale }, async (page, open) => {
        await open('', 'commit'); // it leads on before it is loaded
        await page.waitForURL(`**/${folder}/index.html`);
        await page.locator('main h1').waitFor();
      });
    }
    await book.withPage({ locale: 'fr' }, async (page, open) => {
      await open('');
      const links = await page.locator('main a').evaluateAll(all => all.map(a => [a.lang, a.getAttribute('href')]));
      assert.deepEqual(links, LANGUAGES.map(language => [language, `${language}/index.html`]));
    });
  });

  test('both books have the same chapters', () => {
    assert.ok(pagesOf('en').length >= 15, 'there are chapters');
    assert.deepEqual(pagesOf('en'), pagesOf('zh-CN'));
  });

  test('each diagram has a title, a description, and the same shapes in both languages', () => {
    const folders = LANGUAGES.map(language => new URL(`../diagrams/${language}/`, import.meta.url));
    const names = folders.map(folder => readdirSync(folder));
    assert.deepEqual(names[0], names[1]);
    for (const name of names[0]) {
      const drawings = folders.map(folder => readFileSync(new URL(name, folder), 'utf8'));
      for (const drawing of drawings) assert.match(drawing, /<title id="title">.+<\/title>\n<desc id="desc">.+<\/desc>/, name);
      const [shapes, others] = drawings.map(drawing => drawing.replace(/>[^<]+</g, '><'));
      assert.equal(shapes, others, name);
    }
  });

  for (const language of LANGUAGES) {
    test(`${language}: each page is whole on a phone, with every picture, and its answers are folded`, options, () =>
      book.withPage(PHONE, async (page, open) => {
        let answers = 0;
        for (const name of pagesOf(language)) {
          await open(`${language}/${name}`);
          const { languages, folded, ...wrong } = await page.evaluate(examined);
          wrong['is too wide'] = await page.evaluate(tooWide);
          assert.deepEqual(languages, [language, other(language)], name);
          for (const [what, where] of Object.entries(wrong)) assert.deepEqual(where, [], `${name}: ${what}`);
          assert.ok(folded.every(Boolean), `${name}: folded at first`);
          answers += folded.length;
        }
        assert.ok(answers > 0, 'there are folded answers');
      }));

    test(`${language}: the switch leads to the same chapter, by keyboard too`, options, () =>
      // On a phone: there the menu is closed, and its links need not be tabbed through.
      book.withPage(PHONE, async (page, open) => {
        for (const name of ['index.html', 'lesson-05.html']) {
          await open(`${language}/${name}`);
          assert.ok(await reachedByTab(page, page.locator('a.language')), `${name}: Tab reaches the switch`);
          await page.keyboard.press('Enter');
          await page.waitForURL(`**/${other(language)}/${name}`);
          assert.equal(await page.locator('html').getAttribute('lang'), other(language), name);
        }
      }));

    const words = ['half-close', 'backlog', 'TIME_WAIT', 'bind'];
    if (language === 'zh-CN') words.push('半关闭', '绑定', '端口', '状态', '阻塞', 'English');
    else words.push('中文');
    test(`${language}: search finds ${words.join(', ')}`, options, () =>
      book.withPage({}, async (page, open) => {
        for (const word of words) {
          await open(`${language}/teachers.html`);
          await page.keyboard.press('/');
          await page.locator('#mdbook-searchbar-outer:not(.searching)').waitFor(); // the index is there
          await page.keyboard.insertText(word); // as an input method does: without a key for each character
          const hits = page.locator('#mdbook-searchresults li a');
          await hits.first().waitFor();
          // A page has four sections and more, and each can be a hit.
          assert.ok(await hits.count() < 4 * pagesOf(language).length, `${word}: it finds some, not all`);
          await hits.first().click();
          await page.waitForURL('**/*highlight=*');
          const mark = page.locator('main mark', { hasText: new RegExp(word, 'i') }).first();
          await mark.waitFor(); // visible: not in a folded answer
        }
      }));

    test(`${language}: search says that it has found nothing`, options, () =>
      book.withPage({}, async (page, open) => {
        await open(`${language}/index.html`);
        await page.keyboard.press('/');
        await page.keyboard.insertText('zzyzx');
        await page.locator('#mdbook-searchresults-header', { hasText: language === 'en' ? 'No search results' : '没有找到' }).waitFor();
        assert.equal(await page.locator('#mdbook-searchresults li').count(), 0);
      }));

    test(`${language}: a folded answer opens by click and by keyboard`, options, () =>
      book.withPage({}, async (page, open) => {
        await open(`${language}/lesson-02.html`);
        const details = page.locator('main details').first();
        const summary = details.locator('summary');
        const shown = () => details.evaluate(element => element.open && element.lastElementChild.checkVisibility());
        await summary.click();
        assert.equal(await shown(), true, 'a click opens it');
        await summary.click();
        assert.equal(await shown(), false, 'and closes it');
        for (const key of ['Enter', 'Space']) {
          await summary.focus();
          await page.keyboard.press(key);
          assert.equal(await shown(), true, `${key} opens it`);
          await page.keyboard.press(key);
        }
      }));

    test(`${language}: a hit in a folded answer unfolds it`, options, () =>
      book.withPage({}, async (page, open) => {
        await open(`${language}/lesson-02.html`);
        const answer = await page.locator('main details p').first().textContent();
        const word = answer.match(language === 'en' ? /[a-z]+/i : /\p{Script=Han}{2}/u)[0];
        await open(`${language}/lesson-02.html?highlight=${encodeURIComponent(word)}`);
        await page.locator('main details mark', { hasText: word }).first().waitFor();
      }));

    test(`${language}: on a phone the menu can be reached`, options, () =>
      book.withPage(PHONE, async (page, open) => {
        await open(`${language}/lesson-01.html`);
        await page.locator('#mdbook-sidebar-toggle').tap();
        await page.waitForFunction(() => {
          const { left, right } = document.getElementById('mdbook-sidebar').getBoundingClientRect();
          return left >= 0 && right <= innerWidth;
        });
        await page.locator('#mdbook-sidebar a[href$="lesson-04.html"]').first().tap();
        await page.waitForURL('**/lesson-04.html');
      }));

    test(`${language}: typed lines are numbered across two terminals, which are side by side`, options, () =>
      book.withPage({ viewport: { width: 1280, height: 900 } }, async (page, open) => {
        await open(`${language}/lesson-03.html`);
        const session = page.locator('.terminals').first();
        const [server, client] = await session.locator('pre').evaluateAll(all => all.map(pre => pre.getBoundingClientRect().toJSON()));
        assert.ok(server.right <= client.left && server.top === client.top);
        const typed = await session.locator('.typed').evaluateAll(all => all.map(line => `${line.dataset.order} ${line.textContent}`));
        assert.deepEqual(typed.sort(), [
          '1 $ cargo run -q -p lesson-03', '2 $ cargo run -q -p lesson-00', '3 你好', '4 $ cargo run -q -p lesson-03', '5 ^C',
        ]);
        await page.setViewportSize({ width: 1000, height: 900 });
        const [above, below] = await session.locator('pre').evaluateAll(all => all.map(pre => pre.getBoundingClientRect().top));
        assert.ok(above < below);
        // Where there are more clients, the server's terminal is beside them all.
        await page.setViewportSize({ width: 1280, height: 900 });
        await open(`${language}/lesson-06.html`);
        for (const session of await page.locator('.terminals:has(code.client2)').all()) {
          const [server, ...clients] = await session.locator('pre').evaluateAll(all => all.map(pre => pre.getBoundingClientRect().toJSON()));
          assert.ok(clients.every(client => client.left > server.right && Math.abs(client.width - server.width) < 1));
          assert.ok(clients.every((client, index) => client.top >= (clients[index - 1]?.bottom ?? server.top)));
          assert.ok(Math.abs(server.bottom - clients.at(-1).bottom) < 1);
        }
        // Text between the blocks, and a block that is not run.
        for (const [name, lines] of [['index', ['hello', '你好']], ['tools', ['你好', '^C']]]) {
          await open(`${language}/${name}.html`);
          const own = await page.locator('code.client').first().locator('.typed').allTextContents();
          assert.deepEqual(own.slice(1), lines, name);
        }
      }));

    test(`${language}: output below a question is covered until the reply is opened`, options, () =>
      book.withPage({}, async (page, open) => {
        await open(`${language}/lesson-03.html`);
        const output = page.locator('.terminals').first().locator('.output').first();
        const typed = page.locator('.terminals').first().locator('.typed').first();
        const blur = line => line.evaluate(element => getComputedStyle(element).filter);
        assert.deepEqual([await blur(output), await output.getAttribute('aria-hidden')], ['blur(5px)', 'true']);
        assert.equal(await blur(typed), 'none');
        await page.locator('main > details > summary').first().click();
        await page.locator('main > details[open]').first().waitFor();
        assert.deepEqual([await blur(output), await output.getAttribute('aria-hidden')], ['none', 'false']);
        // A click on a terminal opens the reply too. The first one covers nothing else.
        const second = page.locator('.terminals').nth(1);
        assert.equal(await blur(second.locator('.output').first()), 'blur(5px)');
        await second.locator('pre').first().click();
        assert.equal(await page.locator('main > details[open]').count(), 2);
        assert.equal(await blur(second.locator('.output').first()), 'none');
      }));

    test(`${language}: on a phone a row of a wide table is a card that needs no scrolling`, options, () =>
      book.withPage(PHONE, async (page, open) => {
        await open(`${language}/errors.html`);
        const wide = await page.locator('.table-wrapper').evaluateAll(all => all.filter(box => box.scrollWidth > box.clientWidth).length);
        assert.equal(wide, 0);
        assert.match(await page.locator('td[data-head="macOS"]').first().evaluate(cell => getComputedStyle(cell, '::before').content), /macOS/);
      }));

    test(`${language}: the theme that is chosen stays`, options, () =>
      book.withPage({ colorScheme: 'light' }, async (page, open) => {
        await open(`${language}/index.html`);
        assert.equal(await isDark(page), false);
        await page.locator('#mdbook-theme-toggle').click();
        await page.locator('#mdbook-theme-navy').click();
        await page.locator('html.navy').waitFor();
        await open(`${language}/sockets.html`);
        assert.equal(await isDark(page), true);
      }));

    for (const colorScheme of ['light', 'dark']) {
      // In the dark only the colours are others. The page for printing is all the others once more.
      const rules = colorScheme === 'dark' ? { runOnly: ['color-contrast', 'link-in-text-block'] } : {};
      test(`${language}: axe finds nothing against any page, ${colorScheme}`, options, () =>
        book.withPage({ colorScheme }, async (page, open) => {
          const found = [];
          for (const name of pagesOf(language).filter(name => name !== 'print.html')) {
            await open(`${language}/${name}`);
            assert.equal(await isDark(page), colorScheme === 'dark', name);
            await page.locator('main details').evaluateAll(all => all.forEach(details => { details.open = true; }));
            found.push(...(await violations(page, rules)).map(violation => `${name}: ${violation}`));
          }
          assert.deepEqual(found, []);
        }));
    }
  }

  test('files of the repository are shown as text, and axe finds nothing against them', options, async () => {
    const all = filePages();
    const file = all.find(name => name.endsWith('/main.rs.html'));
    const folder = all.find(name => name.endsWith('/index.html'));
    for (const colorScheme of ['light', 'dark']) {
      await book.withPage({ ...PHONE, colorScheme }, async (page, open) => {
        await open(file);
        assert.match(await page.locator('pre').innerText(), /^\/\/! Lesson \d\d.+第.+课/);
        assert.deepEqual(await page.evaluate(tooWide), [], file);
        assert.deepEqual(await violations(page), [], file);
        await open(folder);
        assert.ok(await page.locator('li a').count() > 0, folder);
        assert.deepEqual(await violations(page), [], folder);
      });
    }
  });
});

async function reachedByTab(page, locator) {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await locator.evaluate(element => element === document.activeElement)) return true;
    await page.keyboard.press('Tab');
  }
  return false;
}

const isDark = page => page.evaluate(() => {
  const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number);
  return red + green + blue < 384;
});

// These run in the page. What is wrong with it, and the languages of it and of its switch.
async function examined() {
  const texts = [...document.querySelectorAll('main p')].map(paragraph => paragraph.innerText);
  const images = [...document.querySelectorAll('img')];
  const broken = await Promise.all(images.map(img => img.decode().then(() => null, () => img.src)));
  const to = document.querySelector('a.language');
  const { left, right } = to.getBoundingClientRect();
  return {
    languages: [document.documentElement.lang, to.lang],
    folded: [...document.querySelectorAll('main details')].map(details => !details.open),
    'broken pictures': broken.filter(Boolean),
    'lines of Chinese that are joined with a space': texts.filter(text => /\p{Script=Han} \p{Script=Han}/u.test(text)),
    'the switch is not on the screen': left >= 0 && right <= innerWidth ? [] : [left, right],
  };
}

// What is wider than the window, unless it is scrolled in a box of its own.
function tooWide() {
  const boxes = 'pre, .table-wrapper, .picture';
  const found = [...document.querySelectorAll('main, main *, .menu-bar *')]
    .filter(element => !element.parentElement.closest(boxes))
    .filter(element => element.getClientRects().length > 0 && element.getBoundingClientRect().right > innerWidth + 1)
    .map(element => element.outerHTML.slice(0, 120));
  for (const scroller of [document.documentElement, document.body, document.querySelector('.content')]) {
    if (scroller && scroller.scrollWidth > innerWidth) found.push(`${scroller.tagName} is ${scroller.scrollWidth} wide`);
  }
  return found;
}
