'use strict';

// mdBook's search splits text at spaces and throws away what is not Latin, so it finds no Chinese. Its
// index holds the whole text of each section, though, and a book is small: look the words up in that.
// Queries without Chinese, in the English book, are still mdBook's own.
(function searchChinese() {
    const HAN = /[\u2e80-\u9fff\uff00-\uffef]/;
    const load = window.elasticlunr.Index.load;

    window.elasticlunr.Index.load = function(saved) {
        const index = load.call(this, saved);
        const search = index.search.bind(index);
        const sections = Object.values(saved.documentStore.docs)
            // The line under a title that leads to the other language is in the index, and in no page.
            .map(section => ({ ...section, title: tight(section.title), body: tight(section.body).replace(/^(English|中文)/, '') }));
        index.search = (query, options) =>
            document.documentElement.lang === 'zh-CN' || HAN.test(query) ? find(sections, query) : search(query, options);
        return index;
    };

    // Nobody types the spaces that stand between Chinese and Latin.
    function tight(text) {
        return text.replace(/(?<=[\u2e80-\u9fff\uff00-\uffef])\s+|\s+(?=[\u2e80-\u9fff\uff00-\uffef])/g, '');
    }

    function find(sections, query) {
        const words = query.toLowerCase().split(/\s+/);
        const times = (text, word) => text.toLowerCase().split(word).length - 1;
        // A short section that has the word is more likely to be about it.
        const weight = (section, word) =>
            times(section.body, word) / Math.sqrt(section.body.length + 1) + 10 * times(section.title, word);
        const score = section => words.reduce((sum, word) => sum + weight(section, word), 0);
        return sections
            .filter(section => words.every(word => times(section.title + ' ' + section.body, word) > 0))
            .map(section => ({ ref: section.id, score: score(section), doc: teaser(section, words[0]) }))
            .sort((one, other) => other.score - one.score);
    }

    // mdBook cuts 30 words around the hit and marks them; in Chinese 30 "words" may be the whole section.
    // Cut it here, and set the hit off by spaces.
    function teaser(section, word) {
        const at = Math.max(section.body.toLowerCase().indexOf(word), 0);
        const end = at + word.length;
        const before = section.body.slice(Math.max(at - 30, 0), at);
        const after = section.body.slice(end, end + 60);
        return { ...section, body: `…${before} ${section.body.slice(at, end)} ${after}…` };
    }

    // mdBook searches when a key is let go, which a paste by mouse or an input method need not do.
    const bar = document.getElementById('mdbook-searchbar');
    bar.addEventListener('input', () => bar.dispatchEvent(new Event('keyup')));

    // A hit in a folded answer is no use while it is folded.
    for (const mark of document.querySelectorAll('details mark')) {
        mark.closest('details').open = true;
    }
})();
