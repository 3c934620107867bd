'use strict';

// What a page gains with JavaScript. Without it, everything is there to read, one thing below the other.

// The comment above a block: `session`, and the steps `client type "hello\n"`; or `not run: why; typed: one, two`; or
// where its code comes from.
function markAbove(pre) {
    let node = pre.previousSibling;
    while (node && node.nodeType === Node.TEXT_NODE) node = node.previousSibling;
    return node?.nodeType === Node.COMMENT_NODE ? node.data.trim() : '';
}

// mdBook makes a picture a checkbox that zooms it to the window's size, which is of no use on a phone.
(function pictures() {
    for (const label of document.querySelectorAll('main label.checkbox-label')) {
        const link = document.createElement('a');
        link.className = 'picture';
        const image = label.querySelector('img');
        link.href = image.getAttribute('src');
        link.append(image);
        label.replaceWith(link);
    }
})();

// Only an element that can have the focus is scrolled by the keyboard.
document.querySelectorAll('main .table-wrapper, main pre > code').forEach(box => { box.tabIndex = 0; });

// Terminals: typed lines look typed, and have numbers in the order in which the session's mark types them.
(function terminals() {
    const main = document.querySelector('main');
    const isConsole = element => element.matches('pre') && element.querySelector('code.language-console');
    const nameOf = pre => [...pre.querySelector('code').classList].find(name => /^(server|client)\d?$/.test(name));

    for (const session of sessions()) {
        const blocks = session.map(pre => ({ pre, name: nameOf(pre), lines: pre.querySelector('code').textContent.trimEnd().split('\n'), at: 0, typed: new Map() }));
        const numbers = blocks.length > 1;
        const mark = markAbove(session[0]);
        typed(blocks, mark.startsWith('session') ? mark.split('\n').slice(1) : []).forEach(([block, line], index) => block.typed.set(line, numbers ? index + 1 : ''));
        blocks.forEach(show);
        if (numbers && session.every((pre, nth) => nth === 0 || follows(pre, session[nth - 1]))) sideBySide(session);
    }

    // The blocks below a mark, up to the next mark or heading. Blocks that follow each other are one session too.
    function sessions() {
        const found = [];
        let isOpen = false;
        for (const element of main.children) {
            if (/^H\d$/.test(element.tagName)) isOpen = false;
            if (!isConsole(element)) continue;
            const last = found.at(-1);
            if (isOpen && (!markAbove(element) || follows(element, last.at(-1)))) last.push(element);
            else found.push([element]);
            isOpen = true;
        }
        return found;
    }

    function follows(pre, other) {
        return pre.previousElementSibling === other;
    }

    // Which lines of which blocks are typed, in order.
    function typed(blocks, steps) {
        const found = [];
        const next = (name, is) => {
            const block = blocks.find(block => block.name === name) ?? blocks[0];
            const line = block.lines.findIndex((line, index) => index >= block.at && is(line));
            if (line < 0) return;
            block.at = line + 1;
            found.push([block, line]);
        };
        const command = line => line.startsWith('$ ') && !line.startsWith('$ echo');
        const words = steps.map(step => step.match(/^(?:(\w+) )?(start|type|interrupt)\b ?(.*)$/)).filter(Boolean);
        if (!words.some(([, , act]) => act === 'start')) blocks.forEach(block => next(block.name, command));
        for (const [, who = 'server', act, what] of words) {
            const text = act === 'type' ? JSON.parse(what).trimEnd() : '^C';
            if (act === 'start') next(who, command);
            else text.split('\n').forEach(typed => next(who, line => line === typed));
        }
        return found;
    }

    function show({ pre, lines, typed }) {
        if (pre.querySelector('mark')) return; // A search has led here. Its hits are marked already.
        const notRun = /; typed: (.*)$/.exec(markAbove(pre))?.[1].split(', ') ?? [];
        pre.querySelector('code').replaceChildren(...lines.flatMap((line, index) => {
            const isTyped = typed.has(index) || /^(\$ |\^[A-Z]$)/.test(line) || notRun.includes(line);
            const span = document.createElement('span');
            span.className = isTyped ? 'typed' : 'output';
            span.textContent = line;
            if (typed.get(index)) span.dataset.order = typed.get(index);
            return [span, '\n'];
        }));
    }

    function sideBySide(session) {
        const frame = document.createElement('div');
        frame.className = 'terminals';
        session[0].before(frame);
        frame.append(...session);
    }
})();

// A Predict box asks first: the output below it is blurred until its reply is opened.
(function guesses() {
    const isGuess = element => element?.matches('blockquote:has(> p:first-child > strong:first-child)');
    for (const reply of document.querySelectorAll('main > details')) {
        const blocks = [];
        let above = reply.previousElementSibling;
        for (; above && !isGuess(above) && !above.matches('h1, h2, h3, details'); above = above.previousElementSibling) {
            if (above.querySelector('.output')) blocks.push(above);
        }
        if (!isGuess(above) || blocks.length === 0) continue;
        const cover = () => {
            for (const block of blocks) {
                block.classList.toggle('covered', !reply.open);
                block.querySelectorAll('.output').forEach(line => { line.ariaHidden = !reply.open; });
            }
        };
        reply.classList.add('covers');
        reply.addEventListener('toggle', cover);
        blocks.forEach(block => block.addEventListener('click', () => { reply.open = true; }));
        cover();
    }
})();

// Tables with three columns or more: on a phone each row becomes a card, and each cell needs its column's name. Where a
// cell is empty, the columns are what is listed, and not the rows.
(function cards() {
    for (const table of document.querySelectorAll('main table')) {
        const heads = [...table.querySelectorAll('thead th')].map(head => head.textContent.trim());
        if (heads.length < 3 || table.closest('blockquote') || table.querySelector('td:empty')) continue;
        table.classList.add('cards');
        for (const row of table.querySelectorAll('tbody tr')) {
            [...row.cells].forEach((cell, index) => { cell.dataset.head = heads[index] ?? ''; });
        }
    }
})();

// A film says at which step the server stands. The code of the step is lit, and the film leads to it. The step's
// comment begins `// 5 recv 接收`.
(function stepsOfFilms() {
    if (!window.Highlight) return;
    const steps = [...document.querySelectorAll('main .hljs-comment')].flatMap(comment => {
        const [, title, name] = /^\/\/ (\d ([\w/]+)[^:,]*)/.exec(comment.textContent) ?? [];
        const block = comment.closest('code');
        return name ? { comment, title, block, names: name.split('/'), file: markAbove(block.parentElement) } : [];
    });

    document.addEventListener('step', ({ target, detail }) => {
        const lesson = `lessons/${/\d+/.exec(target.dataset.name)?.[0]}-`;
        const lit = steps.filter(({ names, file }) => names.includes(detail) && file.includes(lesson));
        CSS.highlights.set('step', new Highlight(...lit.map(rangeOf)));
        for (const { block } of steps) block.classList.toggle('lit', lit.some(step => step.block === block));
        target.querySelector('a.step')?.remove();
        if (lit.length === 0) return;
        const link = document.createElement('a');
        lit[0].block.id = 'lit-step';
        link.className = 'step';
        link.href = '#lit-step';
        link.textContent = lit[0].title;
        target.querySelector('.controls').append(link);
    });

    // From the step's comment to the next step's, or to the end.
    function rangeOf({ comment, block }) {
        const next = steps[steps.findIndex(step => step.comment === comment) + 1];
        const range = document.createRange();
        range.setStartBefore(comment);
        if (next?.block === block) range.setEndBefore(next.comment);
        else range.setEndAfter(block.lastChild);
        return range;
    }
})();
